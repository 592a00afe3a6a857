// All terminals of one session, who watches them, and the results of its run blocks. Independent of sockets.
import { LabError } from '../../errors.ts';
import type { BlockRun, ServerEvent } from '../../protocol/messages.ts';
import type { OpenParams } from '../host-protocol/host-messages.ts';
import type { TerminalEvent, TerminalInfo } from '../terminal-service.ts';
import { BlockHistory } from './block-history.ts';
import type { SpawnPty } from './pty-process.ts';
import { connectSerial } from './socket-process.ts';
import { Terminal } from './terminal.ts';

// lab.yaml allows 32 at once; there may be a few more while exited ones are replaced.
const maxTerminals = 40;

/** A page that watches this session. */
export interface SessionViewer {
  tell(event: ServerEvent): void;
  forget(terminal: Terminal): void;
  /** The session has ended. */
  end(): void;
}

interface Entry extends Pick<TerminalInfo, 'kind'> {
  terminal: Terminal;
  machine: string;
  title: string;
}

export class SessionTerminals {
  readonly session: string;
  readonly viewers = new Set<SessionViewer>();
  readonly #entries = new Map<number, Entry>();
  readonly #blocks = new BlockHistory();
  readonly #spawnPty: SpawnPty;
  readonly #onEvent: (event: TerminalEvent) => void;
  /** Time of the last keystroke or run block, by performance.now(). */
  lastActivityAt: number | undefined;

  constructor(session: string, spawnPty: SpawnPty, onEvent: (event: TerminalEvent) => void) {
    this.session = session;
    this.#spawnPty = spawnPty;
    this.#onEvent = onEvent;
  }

  get count(): number {
    return this.#entries.size;
  }

  /** @throws {LabError} LAB_ERR_BUSY for a number in use, LAB_ERR_TOO_MANY. */
  open(params: OpenParams): void {
    const { session } = this;
    const { number, machine, title, columns, rows } = params;
    const kind = 'serial' in params ? 'serial' : 'shell';
    if (this.#entries.has(number))
      throw new LabError('LAB_ERR_BUSY', `Terminal ${number} of session ${this.session} is already open.`);
    if (this.#entries.size >= maxTerminals) {
      throw new LabError(
        'LAB_ERR_TOO_MANY',
        `Found ${this.#entries.size} terminals in this session, expected at most ${maxTerminals}; close one.`,
      );
    }
    const terminal = new Terminal({
      number,
      columns,
      rows,
      kind,
      start: (size) =>
        'serial' in params
          ? connectSerial(params.serial, (resized) =>
              this.#onEvent({ type: 'resize', session, terminal: number, ...resized }),
            )
          : this.#spawnPty(params.command, size.columns, size.rows),
      onBlock: (run) => this.#onBlock(run),
      onExit: (exitCode) => this.#onEvent({ type: 'exit', session, terminal: number, exitCode }),
    });
    this.#entries.set(number, { terminal, machine, title, kind });
  }

  list(): TerminalInfo[] {
    return [...this.#entries].map(([number, { terminal, machine, title, kind }]) => {
      return { session: this.session, number, machine, title, kind, ...terminal.state };
    });
  }

  blocks(): BlockRun[] {
    return this.#blocks.list();
  }

  /** @throws {LabError} LAB_ERR_NO_TERMINAL */
  terminal(number: number): Terminal {
    const entry = this.#entries.get(number);
    if (entry === undefined)
      throw new LabError('LAB_ERR_NO_TERMINAL', `There is no terminal ${number} in this session, or no longer.`);
    return entry.terminal;
  }

  /** The terminal's machine goes down: whatever it shows, it is not at a prompt. A terminal that does not exist is not an error. */
  leavePrompt(number: number, isOff: boolean): void {
    this.#entries.get(number)?.terminal.leavePrompt(isOff);
  }

  close(number: number): void {
    const entry = this.#entries.get(number);
    if (entry === undefined) return;
    this.#entries.delete(number);
    for (const viewer of this.viewers) viewer.forget(entry.terminal);
    entry.terminal.close();
  }

  /** Ends all programs, then the viewers. */
  end(): void {
    for (const number of this.#entries.keys()) this.close(number);
    for (const viewer of this.viewers) viewer.end();
  }

  #onBlock(run: BlockRun): void {
    this.#blocks.remember(run);
    this.#onEvent({ type: 'block', session: this.session, run });
    for (const viewer of this.viewers) viewer.tell({ type: 'block', run });
  }
}
