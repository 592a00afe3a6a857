// When the server reads the windows of a session's virtual machines unasked: after anything that may have changed them.
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Engine } from '../machines/engine.ts';
import type { TerminalService } from '../terminals/terminal-service.ts';
import type { SessionBook } from './session-book.ts';
import { isAlive } from './session-record.ts';
import type { StartSlots } from './start-slots.ts';

/** A reading takes the guest a second under emulation: the next command of a reader who continues at once comes first. */
const pauseMs = 2_500;
/** A guest that does not answer delays the others' readings by at most this time. */
const longestTurnMs = 5_000;
/** Other readers' starts come first, but at most for this time, because a working reader wants to see the result. */
const longestWaitMs = 30_000;

export interface WindowReadingsOptions {
  book: SessionBook;
  engine: Engine;
  terminals: TerminalService;
  /** A start that somebody waits for comes before a reading that nobody asked for. */
  slots: StartSlots;
  log: Logger;
}

export class WindowReadings {
  readonly #options: WindowReadingsOptions;
  readonly #due = new Map<string, NodeJS.Timeout>();
  /** By session: since when its reading has been due. */
  readonly #since = new Map<string, number>();
  /** One reading after the other: thirty pages that open together would otherwise take every processor away from their readers. */
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: WindowReadingsOptions) {
    this.#options = options;
    options.terminals.onEvent((event) => {
      if (event.type === 'block' && event.run.state === 'done') this.soon(event.session);
    });
  }

  /** Something may have changed: a page has connected, a machine has booted, a run block or a check has ended. Never throws. */
  soon(session: string): void {
    clearTimeout(this.#due.get(session));
    if (!this.#since.has(session)) this.#since.set(session, performance.now());
    const timer = setTimeout(() => {
      this.#due.delete(session);
      this.#read(session);
    }, pauseMs);
    this.#due.set(session, timer);
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#due.values()) clearTimeout(timer);
    this.#due.clear();
    this.#since.clear();
  }

  #read(session: string): void {
    const { book, engine } = this.#options;
    const entry = book.find(session);
    const waitedMs = performance.now() - (this.#since.get(session) ?? 0);
    if (entry !== undefined && book.starting().length > 0 && waitedMs < longestWaitMs) return this.soon(session);
    this.#since.delete(session);
    // Without a page nobody looks, and the reading would only cost the guest time.
    if (entry === undefined || entry.pages === 0) return;
    // A page may connect before its session has started.
    if (entry.record.state !== 'ready') return isAlive(entry.record) ? this.soon(session) : undefined;
    for (const [machine, { power, phase }] of Object.entries(engine.vms(session))) {
      if (power !== 'on' || phase !== 'ready') continue;
      const read = () =>
        Promise.race([this.#readNow(session, machine), delay(longestTurnMs, undefined, { ref: false })]);
      this.#turn = this.#turn.then(() => this.#options.slots.run(false, read));
    }
  }

  /** Never throws. */
  async #readNow(session: string, machine: string): Promise<void> {
    const { book, engine, log } = this.#options;
    // The session ended while it waited for its turn.
    if (this.#isClosed || book.find(session)?.record.state !== 'ready') return;
    try {
      await engine.readWindow(session, machine);
    } catch (failure) {
      log.info({ session, machine, failure }, 'the window could not be read');
    }
  }
}
