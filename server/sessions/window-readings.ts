// When the windows on a session's virtual machines are read without being asked for: after what may have changed them.
import type { Logger } from 'pino';
import type { Engine } from '../machines/engine.ts';
import type { TerminalService } from '../terminals/terminal-service.ts';
import type { SessionBook } from './session-book.ts';
import { isAlive } from './session-record.ts';

/** A reading takes the guest a second under emulation: the next command of a reader who goes on at once comes first. */
const pauseMs = 2_500;

export interface WindowReadingsOptions {
  book: SessionBook;
  engine: Engine;
  terminals: TerminalService;
  log: Logger;
}

export class WindowReadings {
  readonly #options: WindowReadingsOptions;
  readonly #due = new Map<string, NodeJS.Timeout>();

  constructor(options: WindowReadingsOptions) {
    this.#options = options;
    options.terminals.onEvent((event) => {
      if (event.type === 'block' && event.run.state === 'done') this.soon(event.session);
    });
  }

  /** Something may have changed: a page came, a machine has booted, a run block or a check has ended. Never throws. */
  soon(session: string): void {
    clearTimeout(this.#due.get(session));
    const timer = setTimeout(() => {
      this.#due.delete(session);
      this.#read(session);
    }, pauseMs);
    this.#due.set(session, timer);
  }

  close(): void {
    for (const timer of this.#due.values()) clearTimeout(timer);
    this.#due.clear();
  }

  #read(session: string): void {
    const { book, engine, log } = this.#options;
    const entry = book.find(session);
    // Without a page nobody looks, and the guest has better things to do.
    if (entry === undefined || entry.pages === 0) return;
    // A page comes before its session has started.
    if (entry.record.state !== 'ready') return isAlive(entry.record) ? this.soon(session) : undefined;
    for (const [machine, { power, phase }] of Object.entries(engine.vms(session))) {
      if (power !== 'on' || phase !== 'ready') continue;
      engine
        .readWindow(session, machine)
        .catch((failure: unknown) => log.info({ session, machine, failure }, 'the window could not be read'));
    }
  }
}
