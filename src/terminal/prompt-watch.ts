// Whether a terminal stands at a prompt, or a program has it. Told by the shell's own marks, as the server does.
import type { Terminal } from '@xterm/xterm';

/** The part of a terminal that is asked; the one without a screen has it, too. */
export type WatchedTerminal = Pick<Terminal, 'buffer' | 'modes' | 'parser'>;

export class PromptWatch {
  readonly #terminal: WatchedTerminal;
  /** What the last mark said; undefined before one, and after a whole screen, which carries none. */
  #isRunning: boolean | undefined;

  constructor(terminal: WatchedTerminal) {
    this.#terminal = terminal;
    // OSC 133: A and B around a prompt, C before a command, D after it. Others may want it as well: it is passed on.
    terminal.parser.registerOscHandler(133, (data) => {
      if (/^[ABCD]/.test(data)) this.#isRunning = data.startsWith('C');
      return false;
    });
  }

  /** The screen was sent as a whole: marks from before say nothing of it. */
  forget(): void {
    this.#isRunning = undefined;
  }

  /** A full-screen program has another buffer; a shell that reads a line has bracketed paste on. */
  get isAtPrompt(): boolean {
    const { buffer, modes } = this.#terminal;
    if (this.#isRunning === true || buffer.active.type === 'alternate') return false;
    return modes.bracketedPasteMode;
  }
}
