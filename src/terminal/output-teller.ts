// Tells screen readers what a terminal has printed, each line once. Takes the place of xterm's live region, which says all of
// it again with each line, and falls silent for good after twenty lines that nobody has typed at.
import type { IMarker, Terminal } from '@xterm/xterm';

/** The part of a terminal that is read; the one without a screen has it, too. */
export interface ReadTerminal extends Pick<Terminal, 'buffer' | 'onWriteParsed' | 'onData'> {
  registerMarker(offset: number): IMarker | undefined;
}

export interface TellerHooks {
  tell(words: string): void;
  /** Whether what arrives is to be heard: not a replay, not a hidden terminal, not without screen reader mode. */
  isHeard(): boolean;
  /** The command has ended: the next one may say as much again. */
  isAtPrompt(): boolean;
  /** Said once when a command prints more than anybody wants to hear. */
  tooMuch: string;
}

// A line in pieces is heard as one, and a program's answer still at once.
const gatherMs = 300;
/** Of one command. More is read line by line, not listened to. */
const mostLines = 20;

export class OutputTeller {
  readonly #terminal: ReadTerminal;
  readonly #hooks: TellerHooks;
  /** The line up to which all has been told, and what has been told of it. */
  #marker: IMarker | undefined;
  #told = '';
  /** Characters typed since: the screen reader has spoken them by itself. */
  #typed = 0;
  #lines = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(terminal: ReadTerminal, hooks: TellerHooks, signal: AbortSignal) {
    this.#terminal = terminal;
    this.#hooks = hooks;
    this.#marker = terminal.registerMarker(0);
    terminal.onWriteParsed(() => this.#arrived());
    terminal.onData((data) => {
      if (data === '\r') this.#lines = 0;
      else this.#typed += data.length;
    });
    signal.addEventListener('abort', () => clearTimeout(this.#timer));
  }

  #arrived(): void {
    // What nobody is to hear is passed over as it comes: it must not be told later.
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
    if (words.length > 0) this.#hooks.tell(words.join('\n'));
    if (this.#hooks.isAtPrompt()) this.#lines = 0;
  }

  /** All up to the cursor counts as told. */
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
    // The screen was cleared, or the scrollback has dropped it: what is there now is new.
    if (from < 0 || from > end) return [this.#line(end)];
    const first = this.#line(from);
    const lines = [this.#growth(first, from === end)];
    for (let at = from + 1; at <= end; at++) {
      // The rest of a line that was too long for the screen belongs to it.
      if (this.#terminal.buffer.active.getLine(at)?.isWrapped === true)
        lines.push(`${lines.pop() ?? ''}${this.#line(at)}`);
      else lines.push(this.#line(at));
    }
    return lines;
  }

  /** What is new of the line that was told last; nothing of what was typed into it, or taken away from it. */
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
