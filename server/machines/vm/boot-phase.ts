// How far a virtual machine's boot has got and what went wrong, from its console's bytes and QEMU's events. Pure: no sockets, no clock.
import type { BootPhase, VmTrouble, VmView } from '../../protocol/messages.ts';
import { isAnswered, leavesMenu, panicWhenUp, phaseTexts, showsMenu, troubleIn } from './boot-texts.ts';
import { ConsoleText, resetMark, type ConsoleLine } from './console-text.ts';

/** What the console and QEMU reveal about a machine; times in milliseconds since 1970. */
export interface BootState extends Pick<VmView, 'power' | 'since' | 'goesDown' | 'waitsAtMenu'> {
  /** Absent while the machine is off. */
  phase?: BootPhase;
  trouble?: VmTrouble;
  detail?: string;
}

/**
 * Silence after which a phase that should move is stuck. A quiet boot prints nothing between GRUB and the system's prompt:
 * under emulation for half a minute, for five minutes on a host with seven such boots at once.
 */
export const stuckAfterMs = 8 * 60_000;
/**
 * Silence after which an open boot menu waits for a person. While it counts down, it prints every second; then it prints which
 * entry it boots.
 */
export const menuWaitsAfterMs = 10_000;
/** Phases in which a machine works by itself; in the others it waits for a person, or the boot is over. */
const moving: ReadonlySet<BootPhase> = new Set(['firmware', 'boot-loader', 'kernel', 'initramfs', 'system']);
const order: BootPhase[] = ['firmware', 'boot-loader', 'kernel', 'initramfs', 'unlock', 'system', 'ready'];
/** Longest line shown as a detail. */
const mostDetail = 200;

/** The frame around what a firmware program shows. */
const frame = /[\u2500-\u257f]+/g;

export class BootTracker {
  readonly #text = new ConsoleText();
  #state: BootState;
  /** The phase is a guess: any text corrects it, even that of an earlier phase. */
  #isGuess = false;
  /** The boot menu is shown, and no entry of it has been chosen. */
  #isMenuOpen = false;

  /** A machine that has just been switched on. */
  constructor(now: number) {
    this.#state = { power: 'on', phase: 'firmware', since: now };
  }

  get state(): BootState {
    return this.#state;
  }

  /** Bytes of the serial console. */
  console(chunk: Uint8Array, now: number): void {
    const text = this.#text.read(chunk);
    if (this.#state.power === 'off') return;
    if (this.#state.trouble === 'stuck') this.#set({ phase: this.#state.phase ?? 'firmware' }, now);
    for (const [at, part] of text.split(resetMark).entries()) {
      if (at > 0) this.#systemdStarts(now);
      for (const line of this.#text.append(part)) {
        this.#readPhase(line, now);
        this.#readMenu(line.text);
        this.#readTrouble(line.text);
      }
    }
  }

  /** An event from QEMU's monitor. */
  event(event: string, data: Record<string, unknown>, now: number): void {
    if (event === 'RESET') this.begin(now);
    else if (event === 'SHUTDOWN') this.#off(data['reason'], now);
    else if (event === 'GUEST_PANICKED') this.#trouble('panic', 'the guest’s kernel has reported its panic to QEMU');
    else if (event === 'BLOCK_IO_ERROR' && data['nospace'] === true)
      this.#trouble('disk-full', 'the space of this session’s disk is used up; the machine has been stopped');
  }

  /** The machine was switched on or reset. */
  begin(now: number): void {
    this.#text.forget();
    this.#isGuess = false;
    this.#isMenuOpen = false;
    this.#set({ phase: 'firmware' }, now);
  }

  /** The machine goes on where it was: restored from a state, or found by a restarted server. */
  resumed(phase: BootPhase, now: number, isGuess = false): void {
    this.#text.forget();
    this.#isGuess = isGuess;
    this.#set({ phase }, now);
  }

  /** The machine is off: by its own power-off, or because its power was cut. */
  off(now: number): void {
    if (this.#state.power === 'on') this.#state = { power: 'off', since: now };
  }

  /** Something that the machine depends on is gone. */
  lost(trouble: 'qemu-lost' | 'tpm-lost', detail: string): void {
    this.#trouble(trouble, detail);
  }

  /** The agent answers, so the system is up: a boot that prints nothing more is not stuck. */
  agentAnswered(now: number): void {
    if (this.#isGuess) this.resumed('ready', now);
  }

  /** @param isGoing the system has ended its agent; false: the agent is back, so it had only been restarted */
  goesDown(isGoing: boolean): void {
    const { goesDown, ...rest } = this.#state;
    if (rest.phase !== 'ready' || (goesDown === true) === isGoing) return;
    this.#state = isGoing ? { ...rest, goesDown: true } : rest;
  }

  /** Nothing has come from the machine for this long. To be called every few seconds. */
  silent(silentMs: number): void {
    const { power, phase, trouble } = this.#state;
    if (power === 'off' || phase === undefined || trouble !== undefined || this.#isGuess || !moving.has(phase)) return;
    if (phase === 'boot-loader' && this.#isMenuOpen) {
      if (silentMs >= menuWaitsAfterMs && this.#state.waitsAtMenu === undefined)
        this.#state = { ...this.#state, waitsAtMenu: true };
      return;
    }
    if (silentMs >= stuckAfterMs)
      this.#trouble('stuck', `nothing has come from the machine for ${Math.round(silentMs / 60_000)} minutes`);
  }

  #off(reason: unknown, now: number): void {
    // QEMU was asked to end, or was killed: whoever did that reports what happens to the machine.
    if (reason === 'host-qmp-quit' || reason === 'host-signal') return;
    if (reason === 'guest-panic') this.#trouble('panic', 'the guest’s kernel has reported its panic to QEMU');
    else this.off(now);
  }

  /** Resets of the terminal are the only sign of these phases in a quiet boot. Later ones come from a login. */
  #systemdStarts(now: number): void {
    const { phase } = this.#state;
    if (phase === 'firmware' || phase === 'boot-loader' || phase === 'kernel') this.#set({ phase: 'initramfs' }, now);
    else if (phase === 'initramfs') this.#set({ phase: 'system' }, now);
  }

  #readPhase({ text, isEnded }: ConsoleLine, now: number): void {
    // Only another boot can follow, and QEMU reports that.
    if (this.#state.phase === 'ready' && !this.#isGuess) return;
    let last: { end: number; phase: BootPhase } | undefined;
    for (const [phase, endIn] of phaseTexts) {
      if (!this.#mayCome(phase)) continue;
      const end = endIn(text);
      if (end > (last?.end ?? -1)) last = { end, phase };
    }
    if (last === undefined) return;
    const isOver = last.phase === 'unlock' && isEnded && isAnswered(text, last.end);
    this.#move(isOver ? 'initramfs' : last.phase, now);
  }

  /** Phases only go forward, except where the present one is a guess, or a question is asked again. */
  #mayCome(phase: BootPhase): boolean {
    const from = this.#state.phase ?? 'firmware';
    if (this.#isGuess || order.indexOf(phase) >= order.indexOf(from)) return true;
    // An answered question may be asked again: a wrong answer leads back to it.
    return from === 'unlock' && phase === 'initramfs';
  }

  #move(phase: BootPhase, now: number): void {
    if (phase === this.#state.phase) return;
    this.#isGuess = false;
    // A machine that goes on is no longer in trouble: another boot option was found, or the emergency shell was left.
    this.#set({ phase }, now);
  }

  #readMenu(line: string): void {
    if (this.#state.phase !== 'boot-loader') return;
    if (showsMenu(line)) this.#isMenuOpen = true;
    if (!leavesMenu(line)) return;
    this.#isMenuOpen = false;
    const { waitsAtMenu, ...rest } = this.#state;
    if (waitsAtMenu === true) this.#state = rest;
  }

  #readTrouble(line: string): void {
    const { phase, trouble } = this.#state;
    if (trouble !== undefined) return;
    const found = phase === 'ready' ? panicWhenUp(line) : troubleIn(line);
    if (found !== undefined) this.#trouble(found.trouble, found.detail);
  }

  #set(state: Pick<BootState, 'phase'>, now: number): void {
    this.#state = { power: 'on', since: now, ...state };
  }

  #trouble(trouble: VmTrouble, detail: string): void {
    this.#state = { ...this.#state, trouble, detail: detail.replaceAll(frame, ' ').trim().slice(0, mostDetail) };
  }
}
