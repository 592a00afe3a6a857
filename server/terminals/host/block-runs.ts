// Run blocks of one terminal: types a block and follows it by the shell's marks or by a text. Knows no pty, no page.
import { LabError } from '../../errors.ts';
import type { BlockRun } from '../../protocol/messages.ts';
import { AskedText } from './asked-text.ts';
import { begin, statusOf, typedFor, type Current, type RunHow } from './block-run.ts';
import type { Mark } from './command-marks.ts';

export interface BlockRunsOptions {
  terminal: number;
  /** A block that was clicked before the shell's first prompt is typed at that prompt, or given up after this time. */
  firstPromptWithinMs: number;
  /** The machine behind the terminal may go down after a prompt, and show the text that a block waits for when it is back. */
  outlivesPrompt: boolean;
  /** Types into the pty. @returns false when too much is waiting there already. */
  type(bytes: Uint8Array): boolean;
  /** The block's new state, a fresh object each time. */
  onChange(run: BlockRun): void;
}

/** For a text for which the page sets no limit: a cold boot under emulation on a crowded host. */
const untilWithinSeconds = 600;
const newline = 0x0a;
const carriageReturn = 0x0d;

/**
 * One command at a time, and with it one block of keys that answers the question that the command asks. With `until` a block
 * is done with status 0 when the text is seen, even while its program goes on, or with the program's status when that failed.
 * On a console a prompt after status 0 does not end it: `systemctl reboot` gives one before the machine goes down. Its time
 * limit ends it, and so does switching the machine off.
 */
export class BlockRuns {
  readonly #options: BlockRunsOptions;
  #command: Current | undefined;
  #keys: Current | undefined;
  #atPrompt = false;
  #hasPrompted = false;
  #readsLine = false;
  #lineTouched = false;
  #firstPrompt: NodeJS.Timeout | undefined;
  /** The first prompt of a shell reports the status of what started it, not of a block. */
  #isNewShell = true;
  readonly #asked = new AskedText();

  constructor(options: BlockRunsOptions) {
    this.#options = options;
  }

  /**
   * Types a block and Enter; half-typed text at a prompt is removed before a command.
   * @throws {LabError} LAB_ERR_BUSY when the shell is not at its prompt or another block of its kind is running;
   * LAB_ERR_NO_QUESTION for keys when nothing asks for them.
   */
  run(block: string, command: string, how: RunHow = {}): void {
    // Refusals come first: they cost nothing, however long the command is.
    if (how.keys === true) this.#requireQuestion(how.question);
    else this.#requirePrompt();
    const current = this.#begin(block, command, how);
    if (current.isKeys) this.#runKeys(current);
    else this.#runCommand(current);
  }

  #begin(block: string, command: string, how: RunHow): Current {
    const current = begin(block, this.#options.terminal, command, how);
    const withinMs = (how.withinSeconds ?? untilWithinSeconds) * 1_000;
    if (current.until !== undefined)
      current.limit = setTimeout(() => this.#finish(current, { unseen: 'time-limit' }), withinMs);
    return current;
  }

  /** The reader typed: there may be half a line at the prompt now, and an Enter answers a question. */
  onInput(bytes: Uint8Array): void {
    this.#lineTouched = true;
    if (bytes.includes(carriageReturn) || bytes.includes(newline)) this.#asked.forget();
  }

  /** Ctrl+C: a block that waits for a text, or for a program to read its keys, stops waiting; the shell reports the end of a command. */
  onInterrupt(): void {
    if (this.#command?.until !== undefined) this.#finish(this.#command);
    if (this.#keys !== undefined) this.#finish(this.#keys);
  }

  /** Plain text of the output, in order with the marks. */
  onText(bytes: Uint8Array): void {
    this.#asked.feed(bytes);
    for (const current of this.#currents()) {
      // Before the line is accepted, the shell echoes what was typed, which may contain the text.
      if (current.until === undefined || !(current.isAccepted || current.isKeys)) continue;
      // The prompt after a program that failed may be that text: `hasEnded` and its status come first.
      if (current.until.feed(bytes)) this.#finish(current, { exitStatus: statusOf(current) });
    }
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
        if (this.#hasPrompted) for (const current of this.#currents()) current.isAccepted = true;
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

  /**
   * The machine behind the terminal went away: when it comes back, it is not at the prompt.
   * @param isOff it does not come back by itself, so nothing needs to wait for its output
   */
  onLost(isOff = false): void {
    this.#atPrompt = false;
    this.#readsLine = false;
    this.#lineTouched = false;
    this.#isNewShell = true;
    for (const current of this.#currents()) {
      if (this.#hasPrompted) current.isAccepted = true;
      if (isOff && current.until !== undefined) this.#finish(current, { unseen: 'machine-off' });
    }
    if (isOff) this.#asked.forget();
  }

  /** The shell is gone: a block that is running is done, without an exit status. */
  onExit(): void {
    this.#atPrompt = false;
    this.#hasPrompted = true;
    clearTimeout(this.#firstPrompt);
    for (const current of this.#currents()) this.#finish(current);
  }

  #currents(): Current[] {
    return [this.#command, this.#keys].filter((current) => current !== undefined);
  }

  #requirePrompt(): void {
    const before = this.#command;
    const isStarting = !this.#hasPrompted && before === undefined;
    // The shell is at its prompt: the previous block waits for a text that the reader no longer waits for.
    const isFree = this.#atPrompt && (before === undefined || (before.until !== undefined && before.hasEnded));
    if (isStarting || isFree) return;
    throw new LabError(
      'LAB_ERR_BUSY',
      'The terminal is not at its prompt: wait for the program to end, or stop it with Ctrl+C.',
    );
  }

  /** At its prompt a shell would run an answer as a command. Before the first prompt it is unknown what was asked. */
  #requireQuestion(question: string | undefined): void {
    if (this.#atPrompt) {
      throw new LabError(
        'LAB_ERR_NO_QUESTION',
        'The shell is at its prompt and nothing asks for this answer: run the command that asks for it first.',
      );
    }
    if (this.#keys !== undefined && this.#keys.until === undefined) {
      throw new LabError(
        'LAB_ERR_BUSY',
        'The previous answer is still being handled: wait for the prompt, or stop the program with Ctrl+C.',
      );
    }
    if (question === undefined || !this.#hasPrompted || this.#asked.has(question)) return;
    throw new LabError(
      'LAB_ERR_NO_QUESTION',
      `The terminal does not ask “${question}”: run the command that asks it, and wait until it does.`,
    );
  }

  #runCommand(current: Current): void {
    if (this.#command !== undefined) this.#finish(this.#command);
    this.#command = current;
    if (this.#atPrompt) this.#type(current);
    else this.#firstPrompt = setTimeout(() => this.#finish(current), this.#options.firstPromptWithinMs);
    this.#options.onChange({ ...current.run });
  }

  #runKeys(current: Current): void {
    if (this.#keys !== undefined) this.#finish(this.#keys);
    this.#keys = current;
    this.#type(current);
    this.#asked.forget();
    this.#options.onChange({ ...current.run });
  }

  #type(current: Current): void {
    if (this.#options.type(typedFor(current, this.#lineTouched))) return;
    this.#forget(current);
    throw new LabError(
      'LAB_ERR_BUSY',
      'The terminal has not read its previous input yet: wait, or stop the program with Ctrl+C.',
    );
  }

  #onPrompt(): void {
    // Without bracketed paste a command of several lines would be several inputs, and tabs would complete names.
    if (!this.#readsLine) return;
    this.#atPrompt = true;
    this.#isNewShell = false;
    this.#asked.forget();
    const isFirst = !this.#hasPrompted;
    this.#hasPrompted = true;
    if (isFirst && this.#command !== undefined && !this.#command.isAccepted) {
      clearTimeout(this.#firstPrompt);
      this.#type(this.#command);
    }
    for (const current of this.#currents()) {
      if (!current.hasEnded) continue;
      const exitStatus = statusOf(current);
      // Done only now, not at the mark before the prompt: whoever hears "done" may send the next block at once.
      if (current.until === undefined || exitStatus !== 0) this.#finish(current, { exitStatus });
      else if (!this.#options.outlivesPrompt) this.#finish(current, { unseen: 'prompt' });
    }
  }

  #onCommandStart(previousStatus: number | undefined): void {
    for (const current of this.#currents()) {
      if (!current.isAccepted) continue;
      if (current.run.state === 'typed') {
        current.run.state = 'running';
        this.#options.onChange({ ...current.run });
      } else if (previousStatus !== undefined && previousStatus !== 0) {
        current.firstFailure ??= previousStatus;
      }
    }
  }

  #onCommandEnd(status: number | undefined): void {
    for (const current of this.#currents()) {
      if (!current.isAccepted) continue;
      current.hasEnded = true;
      if (status !== undefined && !this.#isNewShell) current.lastStatus = status;
    }
  }

  #forget(current: Current): void {
    clearTimeout(current.limit);
    if (this.#command === current) this.#command = undefined;
    if (this.#keys === current) this.#keys = undefined;
  }

  #finish(current: Current, end: Pick<BlockRun, 'exitStatus' | 'unseen'> = {}): void {
    if (current === this.#command) clearTimeout(this.#firstPrompt);
    this.#forget(current);
    const durationMs = Math.round(performance.now() - current.beganAt);
    this.#options.onChange({ ...current.run, state: 'done', durationMs, ...end });
  }
}
