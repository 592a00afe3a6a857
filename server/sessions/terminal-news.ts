// Handles what terminals report to the server: the end of a shell, the size of a console, the loss of all terminals. Decides
// what sessions do about it.
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Engine } from '../machines/engine.ts';
import type { TerminalEvent, TerminalService } from '../terminals/terminal-service.ts';
import type { Sandboxes } from './sandboxes.ts';
import type { Entry, SessionBook } from './session-book.ts';
import type { SessionLife } from './session-life.ts';
import type { SessionRestore } from './session-restore.ts';

/** Seen once in four kills of a host; the second attempt always found the new one. */
const openAttempts = 5;
const openPauseMs = 300;

export interface TerminalNewsOptions {
  book: SessionBook;
  life: SessionLife;
  restore: SessionRestore;
  engine: Engine;
  terminals: TerminalService;
  sandboxes: Sandboxes;
  log: Logger;
}

export class TerminalNews {
  readonly #options: TerminalNewsOptions;

  constructor(options: TerminalNewsOptions) {
    this.#options = options;
    options.terminals.onEvent((event) => {
      this.#onEvent(event).catch((failure: unknown) =>
        options.log.warn({ event, failure }, 'a terminal’s event was lost'),
      );
    });
  }

  /** Tells a virtual machine's console the size of the terminal that shows it, which a serial line does not carry. Never throws. */
  async sizeConsoles(session: string, machine: string): Promise<void> {
    const { terminals, engine, log } = this.#options;
    try {
      for (const terminal of await terminals.list(session)) {
        if (terminal.kind !== 'serial' || terminal.machine !== machine) continue;
        await engine.resizeSerial(session, machine, terminal.columns, terminal.rows);
      }
    } catch (failure) {
      log.warn({ session, failure }, 'size of a terminal unknown');
    }
  }

  /** A machine goes down, perhaps while a line is being typed at its shell's prompt: nothing more may be typed there. Never throws. */
  async leavePrompts(session: string, machine: string, isOff = false): Promise<void> {
    const { book, terminals, log } = this.#options;
    for (const terminal of book.find(session)?.terminals ?? []) {
      if (terminal.kind !== 'serial' || terminal.machine !== machine) continue;
      await terminals
        .leavePrompt(session, terminal.number, isOff)
        .catch((failure: unknown) =>
          log.warn({ session, failure }, 'a terminal was not told that its machine went down'),
        );
    }
  }

  async #onEvent(event: TerminalEvent): Promise<void> {
    switch (event.type) {
      case 'exit':
        return this.#onExit(event);
      case 'resize': {
        const terminals = this.#options.book.find(event.session)?.terminals;
        const machine = terminals?.find(({ number }) => number === event.terminal)?.machine;
        if (machine === undefined) return;
        return this.#options.engine.resizeSerial(event.session, machine, event.columns, event.rows);
      }
      case 'host-lost':
        return this.#onHostLost();
      case 'host-silent':
        this.#options.log.error('the pty host does not answer; it is replaced if that goes on');
        return this.#options.book.terminalsAre(true);
      case 'host-answers':
        this.#options.log.info('the pty host answers again');
        return this.#options.book.terminalsAre(false);
      case 'block':
        return undefined;
    }
  }

  async #onExit({ session, terminal: exited, exitCode }: Extract<TerminalEvent, { type: 'exit' }>): Promise<void> {
    const { book, life, engine, sandboxes, log } = this.#options;
    const entry = book.find(session);
    const terminal = entry?.terminals.find(({ number }) => number === exited);
    if (terminal !== undefined) {
      terminal.state = 'exited';
      terminal.exitCode = exitCode;
    }
    try {
      // A shell that ends by itself leaves its machine running; a machine that dies takes all its shells with it.
      const isRunning = (await engine.status(session)) === 'running';
      if (!isRunning && sandboxes.discard(session)) return;
      if (entry === undefined) return;
      if (!isRunning && entry.record.state === 'ready') life.endSoon(entry, 'machine-died');
      else book.tell(entry);
    } catch (failure) {
      log.warn({ session, failure }, 'state of a machine unknown');
    }
  }

  /** All shells are gone, but the machines are not: each session gets the lab's terminals again. */
  async #onHostLost(): Promise<void> {
    const { book, sandboxes, log } = this.#options;
    book.terminalsAre(false);
    if (sandboxes.isStopping) return;
    log.error('the pty host went away with all terminals; opening new ones');
    for (const id of sandboxes.waiting) sandboxes.discard(id);
    const ready = book.all().filter(({ record }) => record.state === 'ready');
    await Promise.all(ready.map((entry) => this.#openAgain(entry)));
  }

  /** The socket of a host that is being killed accepts connections for a moment longer and drops them. */
  async #openAgain(entry: Entry): Promise<void> {
    const { restore, log } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await restore.openTerminalsAgain(entry);
      } catch (failure) {
        if (entry.record.state !== 'ready') return;
        if (attempt < openAttempts) await delay(openPauseMs);
        else return log.error({ session: entry.record.id, failure }, 'no terminals could be opened');
      }
    }
  }
}
