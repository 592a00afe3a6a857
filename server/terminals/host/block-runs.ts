// Run blocks of one terminal: types a command at the prompt and follows it by the shell's marks. Knows no pty, no page.
import { LabError } from '../../errors.ts';
import type { BlockRun } from '../../protocol/messages.ts';
import type { Mark } from './command-marks.ts';

// A machine's shell waits up to 10 s for its machine to be ready; a block clicked meanwhile is typed when it is.
const firstPromptWithinMs = 20_000;

const pasteBegin = '\x1b[200~';
const pasteEnd = '\x1b[201~';
// To the end of the line, then delete it whole: works in emacs and vi mode and leaves a history search.
const clearLine = '\x05\x15';

export interface BlockRunsOptions {
  terminal: number;
  /** Types into the pty. @returns false when too much is waiting there already. */
  type(bytes: Uint8Array): boolean;
  /** The block's new state, a fresh object each time. */
  onChange(run: BlockRun): void;
}

interface Current {
  run: BlockRun;
  command: string;
  /** The shell took the line: marks are about this block from here on. Redrawing the prompt repeats marks before. */
  isAccepted: boolean;
  hasEnded: boolean;
  firstFailure?: number;
  lastStatus?: number;
}

export class BlockRuns {
  readonly #options: BlockRunsOptions;
  #current: Current | undefined;
  #atPrompt = false;
  #hasPrompted = false;
  #readsLine = false;
  #lineTouched = false;
  #firstPrompt: NodeJS.Timeout | undefined;

  constructor(options: BlockRunsOptions) {
    this.#options = options;
  }

  /**
   * Types a block's command and Enter; half-typed text on the line is removed first.
   * @throws {LabError} LAB_ERR_BUSY when the shell is not at its prompt or another block is on its way.
   */
  run(block: string, command: string): void {
    const isStarting = !this.#hasPrompted && this.#current === undefined;
    if (!isStarting && (!this.#atPrompt || this.#current !== undefined)) {
      throw new LabError(
        'LAB_ERR_BUSY',
        'The terminal is not at its prompt: wait for the program to end, or stop it with Ctrl+C.',
      );
    }
    const run: BlockRun = { block, terminal: this.#options.terminal, state: 'typed', startedAt: Date.now() };
    const text = command.replaceAll('\r\n', '\n').replace(/\n+$/, '');
    this.#current = { run, command: text, isAccepted: false, hasEnded: false };
    if (this.#atPrompt) this.#type(this.#current);
    else this.#firstPrompt = setTimeout(() => this.#finish(), firstPromptWithinMs);
    if (this.#current !== undefined) this.#options.onChange({ ...run });
  }

  /** The reader typed: there may be half a line at the prompt now. */
  onInput(): void {
    this.#lineTouched = true;
  }

  onMark(mark: Mark): void {
    switch (mark.kind) {
      case 'line-start':
        this.#readsLine = true;
        return;
      case 'line-end':
        this.#readsLine = false;
        this.#atPrompt = false;
        this.#lineTouched = false;
        if (this.#current !== undefined && this.#hasPrompted) this.#current.isAccepted = true;
        return;
      case 'prompt-start':
        return;
      case 'prompt-end':
        return this.#onPrompt();
      case 'command-start':
        this.#atPrompt = false;
        return this.#onCommandStart(mark.status);
      case 'command-end':
        return this.#onCommandEnd(mark.status);
    }
  }

  /** The shell is gone: a block on its way is done, with no exit status. */
  onExit(): void {
    this.#atPrompt = false;
    this.#hasPrompted = true;
    this.#finish();
  }

  #type(current: Current): void {
    const text = (this.#lineTouched ? clearLine : '') + pasteBegin + current.command + pasteEnd + '\r';
    if (this.#options.type(Buffer.from(text))) return;
    this.#current = undefined;
    throw new LabError(
      'LAB_ERR_BUSY',
      'The terminal has not read what was typed before: wait, or stop the program with Ctrl+C.',
    );
  }

  #onPrompt(): void {
    // Without bracketed paste a command of several lines would be several inputs, and tabs would complete names.
    if (!this.#readsLine) return;
    this.#atPrompt = true;
    const isFirst = !this.#hasPrompted;
    this.#hasPrompted = true;
    const current = this.#current;
    if (current === undefined) return;
    if (isFirst) {
      clearTimeout(this.#firstPrompt);
      this.#type(current);
    } else if (current.hasEnded) {
      // Done only now, and not at the mark before the prompt: who hears "done" may send the next block at once.
      this.#finish(current.firstFailure ?? current.lastStatus ?? 0);
    }
  }

  #onCommandStart(previousStatus: number | undefined): void {
    const current = this.#current;
    if (current === undefined || !current.isAccepted) return;
    if (current.run.state === 'typed') {
      current.run.state = 'running';
      this.#options.onChange({ ...current.run });
    } else if (previousStatus !== undefined && previousStatus !== 0) {
      current.firstFailure ??= previousStatus;
    }
  }

  #onCommandEnd(status: number | undefined): void {
    const current = this.#current;
    if (current === undefined || !current.isAccepted) return;
    current.hasEnded = true;
    if (status !== undefined) current.lastStatus = status;
  }

  #finish(exitStatus?: number): void {
    clearTimeout(this.#firstPrompt);
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    const durationMs = Math.max(0, Date.now() - current.run.startedAt);
    this.#options.onChange({
      ...current.run,
      state: 'done',
      durationMs,
      ...(exitStatus === undefined ? {} : { exitStatus }),
    });
  }
}
