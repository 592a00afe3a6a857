// Whether a terminal is at a prompt or runs a program, known from the shell's own marks, as on the server.
import type { Terminal } from '@xterm/xterm';

/** The part of a terminal that is used here; xterm without a screen has it, too. */
export type WatchedTerminal = Pick<Terminal, 'buffer' | 'modes' | 'parser'>;

export class PromptWatch {
  readonly #terminal: WatchedTerminal;
  /** According to the last mark; undefined before the first one and after a whole screen, which has none. */
  #isRunning: boolean | undefined;
  #exitStatus: number | undefined;

  constructor(terminal: WatchedTerminal) {
    this.#terminal = terminal;
    // OSC 133: A and B around a prompt, C before a command, D after it. Other handlers may need it as well, so it is passed on.
    terminal.parser.registerOscHandler(133, (data) => {
      if (/^[ABCD]/.test(data)) this.#isRunning = data.startsWith('C');
      if (/^[CD]/.test(data)) this.#exitStatus = statusIn(data);
      return false;
    });
  }

  /** The screen was sent as a whole: earlier marks say nothing about it. */
  forget(): void {
    this.#isRunning = undefined;
    this.#exitStatus = undefined;
  }

  /** Of the command that ended last; undefined while one runs, or when its shell does not say. */
  get exitStatus(): number | undefined {
    return this.#exitStatus;
  }

  /** A full-screen program has another buffer; a shell that reads a line has bracketed paste on. */
  get isAtPrompt(): boolean {
    const { buffer, modes } = this.#terminal;
    if (this.#isRunning === true || buffer.active.type === 'alternate') return false;
    return modes.bracketedPasteMode;
  }
}

/** From "D;0"; undefined for another mark. */
function statusIn(mark: string): number | undefined {
  const digits = /^D;(\d{1,3})/.exec(mark)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
