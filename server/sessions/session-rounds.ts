// What the server checks regularly: time limits, dead machines, operations that did not complete. One session's failure affects no other.
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Engine, SandboxState } from '../machines/engine.ts';
import type { TerminalService } from '../terminals/terminal-service.ts';
import type { Sandboxes } from './sandboxes.ts';
import type { Entry, SessionBook } from './session-book.ts';
import type { SessionClock } from './session-clock.ts';
import type { SessionLife } from './session-life.ts';
import { endOf } from './session-record.ts';
import type { SessionStore } from './session-store.ts';

/** How long an ended session is remembered, so that a page can say why it ended. */
const rememberMs = 24 * 3600_000;
/** How outdated the end on a page may be; keystrokes move it all the time. */
const tellEndEveryMs = 30_000;
/** A start or an end that did not complete is tried again after this time: the obstacle may be gone. */
const takeUpAfterMs = 30_000;

export interface RoundsOptions {
  book: SessionBook;
  life: SessionLife;
  engine: Engine;
  terminals: TerminalService;
  sandboxes: Sandboxes;
  store: SessionStore;
  clock: SessionClock;
  log: Logger;
}

export class SessionRounds {
  readonly #options: RoundsOptions;
  readonly #book: SessionBook;
  /** By session: since when its start or end has been waiting, by the session clock. */
  readonly #resting = new Map<string, number>();

  constructor(options: RoundsOptions) {
    this.#options = options;
    this.#book = options.book;
  }

  /** Every few seconds: time limits, the end that pages show, operations that did not complete, memory that has become free. */
  async tick(): Promise<void> {
    const { life, clock, store } = this.#options;
    const hasJumped = clock.hasJumped();
    this.#apart('keep the time', undefined, () => store.keepServed(clock.now()));
    this.#apart('fill seats', undefined, () => life.fillSeats());
    const idleTimes = await this.#idleTimes();
    for (const entry of this.#book.all()) {
      this.#apart('look at a session', entry, () => this.#look(entry, idleTimes.get(entry.record.id), hasJumped));
    }
  }

  #look(entry: Entry, idleMs: number | undefined, hasJumped: boolean): void {
    const { clock, life } = this.#options;
    const { id, state, endedAt } = entry.record;
    const now = clock.now();
    if (endedAt !== undefined && now - endedAt > rememberMs) this.#book.forget(id);
    if (this.#isResting(entry, now)) return this.#takeUp(entry);
    if (state !== 'ready' || entry.isUnknown) return;
    // An open page alone is not a sign of a reader, because tabs are forgotten. A reader who reads for long is warned in time.
    if (idleMs !== undefined) entry.activeAt = Math.max(entry.activeAt, now - idleMs);
    const { endsAt, endsBecause } = endOf(entry);
    if (now >= endsAt) return life.endSoon(entry, endsBecause);
    const shownAt = clock.steadyMs() + this.#book.view(entry).endsInMs;
    if (hasJumped || Math.abs(shownAt - entry.toldEndsAt) > tellEndEveryMs) this.#book.tell(entry);
  }

  /** Without an answer, nothing is known about keystrokes: limits count from what was known before. Never throws. */
  async #idleTimes(): Promise<Map<string, number>> {
    try {
      return await this.#options.terminals.idleTimes();
    } catch (failure) {
      this.#options.log.warn({ failure }, 'it is unknown when readers last typed');
      return new Map();
    }
  }

  /** Whether its start or its end failed to complete, and some time has passed since. */
  #isResting({ record: { id, state }, endsFor, isUnknown }: Entry, now: number): boolean {
    const isHalfway = state === 'starting' || state === 'ending' || (state === 'ready' && endsFor !== undefined);
    if (!isHalfway || isUnknown || this.#options.life.isUnderWay(id)) {
      this.#resting.delete(id);
      return false;
    }
    const since = this.#resting.get(id) ?? now;
    this.#resting.set(id, since);
    return now - since >= takeUpAfterMs;
  }

  #takeUp(entry: Entry): void {
    const { life, sandboxes } = this.#options;
    const { id, state, reason } = entry.record;
    this.#resting.delete(id);
    if (state === 'ending' || entry.endsFor !== undefined)
      return life.endSoon(entry, entry.endsFor ?? reason ?? 'by-reader');
    // While nothing can be stored, a start would be in vain.
    this.#book.change(entry, {});
    // Whatever there is of its sandbox, nobody has worked in it yet.
    life.startSoon(entry, () => sandboxes.stop(id));
  }

  /** Sessions whose start or end does not complete, for /health. */
  get resting(): string[] {
    return [...this.#resting.keys()];
  }

  /** Ends sessions whose machine died unnoticed because none of its terminals was open any more. */
  async checkMachines(): Promise<void> {
    const ready = this.#book.all().filter(({ record, isUnknown }) => record.state === 'ready' && !isUnknown);
    if (ready.length === 0) return;
    const running = await this.#options.engine.running();
    for (const entry of ready) {
      if (running.has(entry.record.id)) continue;
      await this.checkMachine(entry).catch((failure: unknown) =>
        this.#options.log.warn({ session: entry.record.id, failure }, 'state of a machine unknown'),
      );
    }
  }

  async checkMachine(entry: Entry): Promise<SandboxState | undefined> {
    if (entry.record.state !== 'ready') return undefined;
    const state = await this.#options.engine.status(entry.record.id);
    if (state !== 'running') this.#options.life.endSoon(entry, 'machine-died');
    return state;
  }

  #apart(what: string, entry: Entry | undefined, work: () => void): void {
    try {
      work();
    } catch (failure) {
      this.#options.log.error({ session: entry?.record.id, failure }, `could not ${what}; tried again`);
    }
  }
}

/**
 * Repeats something, with a pause after each round, so that a long round does not overlap with the next. Never throws.
 * @param signal ends it
 */
export async function repeat(
  everyMs: number,
  work: () => Promise<void>,
  signal: AbortSignal,
  onFailure: (failure: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    await work().catch(onFailure);
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
