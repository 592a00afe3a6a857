// Tells screen readers what a terminal has printed, each line once. Replaces xterm's live region, which repeats everything
// with each line, and falls silent for good after twenty lines without a key.
import type { IMarker, Terminal } from '@xterm/xterm';

/** The part of a terminal that is read here; xterm without a screen has it, too. */
export interface ReadTerminal extends Pick<Terminal, 'buffer' | 'onWriteParsed' | 'onData'> {
  registerMarker(offset: number): IMarker | undefined;
}

export interface TellerHooks {
  tell(words: string): void;
  /** Whether output is announced: not for a replay, not in a hidden terminal, not without screen reader mode. */
  isHeard(): boolean;
  /** The command has ended: the limit starts over for the next one. */
  isAtPrompt(): boolean;
  /** Announced once when a command prints more than anybody wants to hear. */
  tooMuch: string;
  /** Announced when such a command has ended, before its last lines; with its exit status, if that is known. */
  ended(): string;
}

// A line that comes in pieces is announced as one, but a program's answer still at once.
const gatherMs = 300;
/** For one command. More than this is read line by line, not listened to. */
const mostLines = 20;
/** The end of a command that printed more: usually its result, and the prompt. */
const lastLines = 5;

export class OutputTeller {
  readonly #terminal: ReadTerminal;
  readonly #hooks: TellerHooks;
  /** The line up to which everything has been announced, and what has been announced of it. */
  #marker: IMarker | undefined;
  #told = '';
  /** Characters typed since then, which the screen reader has spoken by itself. */
  #typed = 0;
  #lines = 0;
  /** The last lines that were not announced because there were too many; empty as long as all were. */
  #unheard: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(terminal: ReadTerminal, hooks: TellerHooks, signal: AbortSignal) {
    this.#terminal = terminal;
    this.#hooks = hooks;
    this.#marker = terminal.registerMarker(0);
    terminal.onWriteParsed(() => this.#arrived());
    terminal.onData((data) => {
      if (data === '\r') this.#startOver();
      else this.#typed += data.length;
    });
    signal.addEventListener('abort', () => clearTimeout(this.#timer));
  }

  /** What is on the screen now counts as announced: it is a replay that has just been parsed. */
  skip(): void {
    this.#pass();
  }

  #arrived(): void {
    // What is not to be announced is skipped as it comes, so that it is not announced later.
    if (!this.#hooks.isHeard() || this.#terminal.buffer.active.type === 'alternate') return this.#pass();
    this.#timer ??= setTimeout(() => this.#tell(), gatherMs);
  }

  #tell(): void {
    this.#timer = undefined;
    const lines = this.#newLines()
      .map((line) => line.trim())
      .filter((line) => line !== '');
    this.#pass();
    const room = Math.max(0, mostLines - this.#lines);
    this.#lines += lines.length;
    const words = lines.slice(0, room);
    if (room > 0 && lines.length > room) words.push(this.#hooks.tooMuch);
    this.#unheard = [...this.#unheard, ...lines.slice(room)].slice(-lastLines);
    const isOver = this.#hooks.isAtPrompt();
    if (isOver && this.#unheard.length > 0) words.push(this.#hooks.ended(), ...this.#unheard);
    if (words.length > 0) this.#hooks.tell(words.join('\n'));
    if (isOver) this.#startOver();
  }

  #startOver(): void {
    this.#lines = 0;
    this.#unheard = [];
  }

  /** Everything up to the cursor counts as announced. */
  #pass(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#marker?.dispose();
    this.#marker = this.#terminal.registerMarker(0);
    this.#told = this.#line(this.#cursorLine);
    this.#typed = 0;
  }

  get #cursorLine(): number {
    const { baseY, cursorY } = this.#terminal.buffer.active;
    return baseY + cursorY;
  }

  #newLines(): string[] {
    const end = this.#cursorLine;
    const from = this.#marker?.line ?? -1;
    // The screen was cleared, or the scrollback has dropped the line: what is there now is new.
    if (from < 0 || from > end) return [this.#line(end)];
    const first = this.#line(from);
    const lines = [this.#growth(first, from === end)];
    for (let at = from + 1; at <= end; at++) {
      // The rest of a wrapped line belongs to that line.
      if (this.#terminal.buffer.active.getLine(at)?.isWrapped === true)
        lines.push(`${lines.pop() ?? ''}${this.#line(at)}`);
      else lines.push(this.#line(at));
    }
    return lines;
  }

  /** What is new in the line that was announced last, without what was typed into it or deleted from it. */
  #growth(line: string, isCursors: boolean): string {
    if (this.#told.startsWith(line)) return '';
    if (!line.startsWith(this.#told)) return line;
    const grown = line.slice(this.#told.length);
    const isEcho = grown.length <= this.#typed || (!isCursors && this.#typed > 0);
    return isEcho ? '' : grown;
  }

  #line(at: number): string {
    return this.#terminal.buffer.active.getLine(at)?.translateToString(true) ?? '';
  }
}
