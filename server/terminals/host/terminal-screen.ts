// The screen of a terminal, kept without a window: what a page would show at any moment, as escape sequences.
import * as headless from '@xterm/headless';
import { SerializeAddon } from '@xterm/addon-serialize';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import type { Terminal as HeadlessTerminal } from '@xterm/headless';
import { CsiBounds, refuseCostly, writeBounded } from '../../protocol/csi-bounds.ts';
import { boundMarks, type UnicodeProvider } from '../../protocol/mark-bounds.ts';
import { resizeBounded, scrollbackFor } from '../../protocol/screen-bounds.ts';
import { serializePlainly } from './plain-screen.ts';

/** A whole screen: written to an empty terminal of this size, it looks the same. */
export interface Snapshot {
  columns: number;
  rows: number;
  screen: Uint8Array;
}

// A coloured wall of 500 columns could serialise to 50 MB. The newest lines that fit are kept: parsed in about 0.2 s. Where not
// even the visible ones fit, a plain screen is sent.
const maxSnapshotBytes = 2 * 1024 * 1024;
// This many lines of scrollback are serialised first, within milliseconds.
const probeLines = 200;
// Above 50 MB of unparsed input xterm throws output away; the program has to wait long before that.
const backlogHighBytes = 1024 * 1024;
const backlogLowBytes = 128 * 1024;
// Modes that the serialiser leaves out: cursor visible, mouse reports as SGR, alternate scroll. [mode, normally on]
const extraModes = new Map<number, boolean>([
  [25, true],
  [1006, false],
  [1007, false],
]);
const maxTitleLength = 256;

export interface ScreenOptions {
  columns: number;
  rows: number;
  /** Answers to what programs ask the terminal (cursor position, attributes, colours). */
  onAnswer(answer: string): void;
  /** Called when parsing is behind, and when it has caught up. */
  onBacklog(isBehind: boolean): void;
}

export class TerminalScreen {
  readonly #terminal: HeadlessTerminal;
  readonly #serializer = new SerializeAddon();
  readonly #modes = new Map<number, boolean>();
  readonly #onBacklog: (isBehind: boolean) => void;
  readonly #bounds = new CsiBounds(() => this.size);
  #title = '';
  #unparsedBytes = 0;
  #isBehind = false;

  constructor(options: ScreenOptions) {
    this.#onBacklog = options.onBacklog;
    // The package is CommonJS: its class is only on the default export when run by Node.
    const { Terminal } = (headless as unknown as { default: typeof headless }).default;
    const { columns: cols, rows } = options;
    // xterm reports malformed sequences on the console: programs could fill the log with them.
    const logLevel = 'off';
    const scrollback = scrollbackFor(cols);
    this.#terminal = new Terminal({ cols, rows, scrollback, allowProposedApi: true, logLevel });
    this.#terminal.loadAddon(this.#serializer);
    // As on the page: both must agree on how wide a character is.
    const { unicode } = this.#terminal;
    const register = (provider: UnicodeProvider) => unicode.register(boundMarks(provider));
    new Unicode11Addon().activate({ unicode: { register } } as unknown as Parameters<Unicode11Addon['activate']>[0]);
    unicode.activeVersion = '11-bounded';
    refuseCostly(this.#terminal.parser);
    this.#terminal.onData(options.onAnswer);
    this.#terminal.onTitleChange((title) => (this.#title = title.slice(0, maxTitleLength)));
    this.#rememberModes();
  }

  get size(): { columns: number; rows: number } {
    return { columns: this.#terminal.cols, rows: this.#terminal.rows };
  }

  write(bytes: Uint8Array): void {
    this.#unparsedBytes += bytes.length;
    writeBounded(this.#terminal, this.#bounds, bytes, () => {
      this.#unparsedBytes -= bytes.length;
      this.#tellBacklog();
    });
    this.#tellBacklog();
  }

  /** Takes effect after everything written so far, so that old output is laid out at the old size. */
  resize(columns: number, rows: number): void {
    this.#terminal.write('', () => resizeBounded(this.#terminal, columns, rows));
  }

  /** Calls back when everything written so far, and nothing written later, is on the screen. */
  whenParsed(callback: () => void): void {
    this.#terminal.write('', callback);
  }

  /** What is on the screen now; call it from `whenParsed` to know which output that is. */
  snapshot(): Snapshot {
    const held = this.#terminal.buffer.normal.length;
    let scrollback = Math.min(held, probeLines);
    let screen = this.#serialize(scrollback);
    if (held > scrollback) {
      // The newest lines tell how many fit: serialising 5,000 colourful ones to find out would hold up everybody for seconds.
      const fitting = Math.floor((scrollback * maxSnapshotBytes) / screen.length);
      scrollback = Math.min(held, fitting);
      screen = this.#serialize(scrollback);
    }
    while (screen.length > maxSnapshotBytes && scrollback > 0) {
      scrollback = Math.floor(scrollback / 2);
      screen = this.#serialize(scrollback);
    }
    if (screen.length > maxSnapshotBytes) screen = this.#serializePlainly();
    return { ...this.size, screen };
  }

  dispose(): void {
    this.#terminal.dispose();
  }

  #serialize(scrollback: number): Buffer {
    return Buffer.from(this.#serializer.serialize({ scrollback }) + this.#serializeExtras());
  }

  /** At most 1 MB, whatever is on the screen. */
  #serializePlainly(): Buffer {
    // The serialiser writes modes only after at least one line: its content is cut off again.
    const oneLine = { range: { start: 0, end: 0 }, excludeAltBuffer: true };
    const content = this.#serializer.serialize({ ...oneLine, excludeModes: true });
    const modes = this.#serializer.serialize(oneLine).slice(content.length);
    return Buffer.from(serializePlainly(this.#terminal) + modes + this.#serializeExtras());
  }

  #rememberModes(): void {
    for (const [final, isOn] of [
      ['h', true],
      ['l', false],
    ] as const) {
      this.#terminal.parser.registerCsiHandler({ prefix: '?', final }, (params) => {
        for (const mode of params) if (typeof mode === 'number' && extraModes.has(mode)) this.#modes.set(mode, isOn);
        return false;
      });
    }
    this.#terminal.parser.registerEscHandler({ final: 'c' }, () => {
      this.#modes.clear();
      return false;
    });
  }

  #serializeExtras(): string {
    let text = this.#title === '' ? '' : `\x1b]0;${this.#title}\x07`;
    for (const [mode, isOn] of this.#modes) {
      if (isOn !== extraModes.get(mode)) text += `\x1b[?${mode}${isOn ? 'h' : 'l'}`;
    }
    return text;
  }

  #tellBacklog(): void {
    const isBehind = this.#unparsedBytes > (this.#isBehind ? backlogLowBytes : backlogHighBytes);
    if (isBehind === this.#isBehind) return;
    this.#isBehind = isBehind;
    this.#onBacklog(isBehind);
  }
}
