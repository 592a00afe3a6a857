// Terminals that a reader opens and closes in addition to the lab's own. The caller has checked whose session it is.
import { LabError } from '../errors.ts';
import type { Engine } from '../machines/engine.ts';
import type { TerminalView } from '../protocol/messages.ts';
import type { TerminalService } from '../terminals/terminal-service.ts';
import { isVm } from './lab-machines.ts';
import { kindOfNext, type Sandboxes } from './sandboxes.ts';
import type { Entry, SessionBook } from './session-book.ts';

export interface ReaderTerminalOptions {
  book: SessionBook;
  engine: Engine;
  terminals: TerminalService;
  sandboxes: Sandboxes;
}

export class ReaderTerminals {
  readonly #options: ReaderTerminalOptions;

  constructor(options: ReaderTerminalOptions) {
    this.#options = options;
  }

  /** @throws {LabError} LAB_ERR_BAD_REQUEST, LAB_ERR_TOO_MANY, and as Sandboxes.openTerminal */
  async open(entry: Entry, machine: string): Promise<TerminalView> {
    const { book, sandboxes } = this.#options;
    const { record, lab } = entry;
    requirePlace(entry, machine);
    const number = record.nextTerminal;
    book.change(entry, { nextTerminal: number + 1 });
    book.used(entry);
    const kind = kindOfNext(lab, machine, entry.terminals);
    const terminal: TerminalView = { number, machine, title: `${machine} ${number}`, kind, state: 'running' };
    // Before it is open, because a second page that asks at the same time must find the console taken.
    entry.terminals.push(terminal);
    try {
      await sandboxes.openTerminal(record.id, terminal, true);
    } catch (failure) {
      entry.terminals = entry.terminals.filter((other) => other !== terminal);
      throw failure;
    }
    book.tell(entry);
    return terminal;
  }

  /** @throws {LabError} LAB_ERR_NO_TERMINAL, LAB_ERR_EXEC */
  async close(entry: Entry, number: number): Promise<void> {
    const { book, terminals } = this.#options;
    const closing = entry.terminals.find((terminal) => terminal.number === number);
    if (closing === undefined) throw new LabError('LAB_ERR_NO_TERMINAL', `this session has no terminal ${number}`);
    await terminals.close(entry.record.id, number);
    try {
      // A console's shell belongs to its machine and goes on.
      if (closing.kind === 'shell') await this.#hangUp(entry, closing);
    } finally {
      // In any case: a tab whose machine does not answer must not stay for good.
      entry.terminals = entry.terminals.filter((terminal) => terminal.number !== number);
      book.tell(entry);
    }
  }

  /** In a machine that is off or booting, nothing of the terminal runs any more, and nothing would answer. */
  async #hangUp({ record: { id }, lab }: Entry, { machine, number }: TerminalView): Promise<void> {
    const { engine } = this.#options;
    if (isVm(lab, machine) && engine.vms(id)[machine]?.phase !== 'ready') return;
    await engine.endTerminal(id, machine, number);
  }
}

/** @throws {LabError} LAB_ERR_BAD_REQUEST for an unknown machine, LAB_ERR_TOO_MANY */
function requirePlace({ lab, terminals }: Entry, machine: string): void {
  if (!lab.file.machines.some(({ name }) => name === machine)) {
    const names = lab.file.machines.map(({ name }) => name).join(', ');
    throw new LabError('LAB_ERR_BAD_REQUEST', `found machine "${machine}", expected one of: ${names}`);
  }
  const running = terminals.filter(({ state }) => state === 'running').length;
  if (running >= lab.file.maxTerminals) {
    throw new LabError(
      'LAB_ERR_TOO_MANY',
      `${running} terminals are open, expected at most ${lab.file.maxTerminals}; close one first`,
    );
  }
}
