// How far a machine's boot has progressed, as a word, a tone and a position on a line. Pure: keys and numbers, no words.
import type { BootPhase, VmView } from '../../server/protocol/messages.ts';
import type { TextKey } from '../page/text-key.ts';
import type { Tone } from '../lab-panel/notice.ts';

/** The phases of a boot in order. Not every boot waits for an unlock: the line then skips it. */
const phases: BootPhase[] = ['firmware', 'boot-loader', 'kernel', 'initramfs', 'unlock', 'system', 'ready'];

export const phaseCount = phases.length;

export interface BootState {
  /** Key of the word. */
  word: TextKey;
  tone: Tone;
  /** Number of phases reached, from 0 (off) to `phaseCount` (ready). */
  reached: number;
}

type Seen = Pick<VmView, 'power' | 'phase' | 'trouble' | 'goesDown' | 'waitsAtMenu'>;

export function bootState(vm: Seen): BootState {
  if (vm.power === 'off') return { word: 'lab.vm.off', tone: 'plain', reached: 0 };
  const { phase } = vm;
  if (phase === undefined) return { word: 'lab.vm.starting', tone: 'run', reached: 0 };
  if (vm.goesDown === true && vm.trouble === undefined) return { word: 'lab.vm.goesDown', tone: 'run', reached: 0 };
  const reached = phases.indexOf(phase) + 1;
  if (vm.waitsAtMenu === true && vm.trouble === undefined) return { word: 'lab.vm.atMenu', tone: 'wait', reached };
  return { word: `lab.vm.phase.${phase}`, tone: vm.trouble === undefined ? toneOf(phase) : 'fail', reached };
}

function toneOf(phase: BootPhase): Tone {
  if (phase === 'ready') return 'ok';
  return phase === 'unlock' ? 'wait' : 'run';
}

/** One phase of a boot in progress. */
export interface BootRow {
  phase: BootPhase;
  state: 'over' | 'now' | 'ahead';
  /** Milliseconds that it took or has taken so far; absent before it begins. */
  durationMs?: number;
  /** Milliseconds that it usually takes on this host. */
  usualMs?: number;
  /** Some of that time it waited for a person. */
  hasWaited?: true;
}

type Booting = Pick<VmView, 'power' | 'phase' | 'since' | 'boot' | 'usualBoot' | 'waitsAtMenu'>;

/** @param now milliseconds since 1970 @returns nothing when no boot is in progress or its beginning was not seen */
export function bootRows({ power, phase, since, boot, usualBoot, waitsAtMenu }: Booting, now: number): BootRow[] {
  if (power === 'off' || phase === undefined || phase === 'ready' || boot === undefined) return [];
  return phases.flatMap((each): BootRow[] => {
    const usualMs = usualBoot?.phases[each];
    const usual = usualMs === undefined ? {} : { usualMs };
    const before = boot.filter((one) => one.phase === each).reduce((sum, { durationMs }) => sum + durationMs, 0);
    const isNow = each === phase;
    const hasWaited = boot.some((one) => one.phase === each && one.waited) || (isNow && waitsAtMenu === true);
    const known = { ...usual, ...(hasWaited && ({ hasWaited } as const)) };
    if (isNow) return [{ phase: each, state: 'now', durationMs: before + Math.max(0, now - since), ...known }];
    if (boot.some((one) => one.phase === each)) return [{ phase: each, state: 'over', durationMs: before, ...known }];
    const isAhead = phases.indexOf(each) > phases.indexOf(phase) && each !== 'ready' && each !== 'unlock';
    // Phases that such boots skip on this host are not listed ahead.
    if (!isAhead || (usualBoot !== undefined && usualMs === undefined)) return [];
    return [{ phase: each, state: 'ahead', ...usual }];
  });
}

/** Milliseconds of the boot, so far or in total, without waits for a person; undefined when its beginning was not seen. */
export function bootTotal({ power, phase, since, boot, waitsAtMenu }: Booting, now: number): number | undefined {
  if (power === 'off' || phase === undefined || boot === undefined) return undefined;
  const over = boot
    .filter((one) => one.phase !== 'unlock' && one.waited !== true)
    .reduce((sum, { durationMs }) => sum + durationMs, 0);
  const isWaiting = phase === 'ready' || phase === 'unlock' || waitsAtMenu === true;
  return isWaiting ? over : over + Math.max(0, now - since);
}
