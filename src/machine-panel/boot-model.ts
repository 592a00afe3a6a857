// How far a machine's boot is, as one word, a tone and a place on a line. Pure: keys and numbers, no words.
import type { BootPhase, VmView } from '../../server/protocol/messages.ts';
import type { TextKey } from '../page/text-key.ts';
import type { Tone } from '../lab-panel/notice.ts';

/** The way of a boot. Not every boot waits for an unlock: the line then passes over it. */
const phases: BootPhase[] = ['firmware', 'boot-loader', 'kernel', 'initramfs', 'unlock', 'system', 'ready'];

export const phaseCount = phases.length;

export interface BootState {
  /** Key of the word. */
  word: TextKey;
  tone: Tone;
  /** Parts of the boot that are reached, 0 (off) to `phaseCount` (ready). */
  reached: number;
}

export function bootState(vm: Pick<VmView, 'power' | 'phase' | 'trouble'>): BootState {
  if (vm.power === 'off') return { word: 'lab.vm.off', tone: 'plain', reached: 0 };
  const { phase } = vm;
  if (phase === undefined) return { word: 'lab.vm.starting', tone: 'run', reached: 0 };
  const reached = phases.indexOf(phase) + 1;
  return { word: `lab.vm.phase.${phase}`, tone: vm.trouble === undefined ? toneOf(phase) : 'fail', reached };
}

function toneOf(phase: BootPhase): Tone {
  if (phase === 'ready') return 'ok';
  return phase === 'unlock' ? 'wait' : 'run';
}
