// Waits for a plain text in output that comes in pieces, however a terminal wrapped its lines. Knows no escape sequences.

/** White space and control characters: programs, terminals and readline put them where a line is full. */
// eslint-disable-next-line no-control-regex -- control characters are what this is about
const gaps = /[\x00-\x20\x7f]+/g;

/** Compares without white space: `a b` is found in `a \r\nb`, and in `ab` too. */
export class TextWatch {
  readonly #wanted: string;
  /** What may be the beginning of the wanted text: always shorter than it. */
  #tail = '';

  /** @param text must have more than white space. */
  constructor(text: string) {
    // Bytes as characters: output may be cut inside one.
    this.#wanted = Buffer.from(text).toString('latin1').replace(gaps, '');
  }

  /** @returns whether the text is there now. */
  feed(bytes: Uint8Array): boolean {
    const text = this.#tail + Buffer.from(bytes).toString('latin1').replace(gaps, '');
    if (text.includes(this.#wanted)) return true;
    this.#tail = this.#wanted.length === 1 ? '' : text.slice(1 - this.#wanted.length);
    return false;
  }
}
