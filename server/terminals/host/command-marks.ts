// Finds shell-integration marks (OSC 133), bracketed-paste switches and plain text in a byte stream. Changes nothing in it.

/**
 * What the shell reported:
 * - `line-start`, `line-end`: it began and finished reading a line (bracketed paste on and off);
 * - `prompt-start`, `prompt-end`: OSC 133 A and B, around the visible prompt;
 * - `command-start`: OSC 133 C, `status` is the exit status of the command *before* it;
 * - `command-end`: OSC 133 D, `status` is the exit status of the last command. Redrawing a prompt repeats it.
 */
export type Mark =
  | { kind: 'line-start' | 'line-end' | 'prompt-start' | 'prompt-end' }
  | { kind: 'command-start' | 'command-end'; status?: number };

const escape = 0x1b;
const bell = 0x07;
const cancel = 0x18;
const substitute = 0x1a;
const bracket = 0x5b;
const closeBracket = 0x5d;
// DCS, SOS, PM, APC: P, X, ^ and _ after the escape.
const stringStarts = new Set([0x50, 0x58, 0x5e, 0x5f]);
// The longest sequence of interest has about 12 bytes; for longer ones only the end matters.
const maxKeptBytes = 32;

// `string`: what DCS, SOS, PM and APC carry, which is no text.
type State = 'ground' | 'escape' | 'csi' | 'osc' | 'string';

/** The stream may be cut anywhere. */
export class CommandMarks {
  readonly #onMark: (mark: Mark) => void;
  readonly #onText: (bytes: Uint8Array) => void;
  #state: State = 'ground';
  #kept = '';

  /** @param onText gets what is not an escape sequence, in order with the marks. */
  constructor(onMark: (mark: Mark) => void, onText: (bytes: Uint8Array) => void = () => undefined) {
    this.#onMark = onMark;
    this.#onText = onText;
  }

  feed(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === 'ground') {
        const next = bytes.indexOf(escape, at);
        const end = next === -1 ? bytes.length : next;
        if (end > at) this.#onText(bytes.subarray(at, end));
        if (next === -1) return;
        this.#enter('escape');
        at = next + 1;
        continue;
      }
      this.#step(bytes[at] ?? 0);
      at++;
    }
  }

  #enter(state: State): void {
    this.#state = state;
    this.#kept = '';
  }

  #step(byte: number): void {
    if (byte === cancel || byte === substitute) return this.#enter('ground');
    if (byte === escape) {
      // ESC \ ends an OSC; any other ESC ends it too, as in xterm.
      if (this.#state === 'osc') this.#endOsc();
      return this.#enter('escape');
    }
    if (this.#state === 'escape') return this.#enter(this.#after(byte));
    if (this.#state === 'osc' && byte === bell) {
      this.#endOsc();
      return this.#enter('ground');
    }
    if (this.#state === 'csi' && byte >= 0x40 && byte <= 0x7e) {
      this.#endCsi(byte);
      return this.#enter('ground');
    }
    if (this.#kept.length < maxKeptBytes) this.#kept += String.fromCharCode(byte);
  }

  #after(byte: number): State {
    if (byte === bracket) return 'csi';
    if (byte === closeBracket) return 'osc';
    if (stringStarts.has(byte)) return 'string';
    // Control characters inside an escape sequence are executed and do not end it; nor do intermediates (0x20 to 0x2f).
    return byte < 0x30 ? 'escape' : 'ground';
  }

  #endCsi(final: number): void {
    if (!this.#kept.startsWith('?') || !this.#kept.slice(1).split(';').includes('2004')) return;
    if (final === 0x68) this.#onMark({ kind: 'line-start' });
    else if (final === 0x6c) this.#onMark({ kind: 'line-end' });
  }

  #endOsc(): void {
    const match = /^133;([ABCD])(?:;(\d{1,3}))?(?:;|$)/.exec(this.#kept);
    if (match === null) return;
    const status = match[2] === undefined ? {} : { status: Number(match[2]) };
    if (match[1] === 'A') this.#onMark({ kind: 'prompt-start' });
    else if (match[1] === 'B') this.#onMark({ kind: 'prompt-end' });
    else if (match[1] === 'C') this.#onMark({ kind: 'command-start', ...status });
    else this.#onMark({ kind: 'command-end', ...status });
  }
}
