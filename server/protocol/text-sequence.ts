// What `until` means, on both sides: texts in order, however a terminal wrapped its lines. Knows no bytes, no escape sequences.

/** White space and control characters: programs, terminals and readline put them where a line is full. */
// eslint-disable-next-line no-control-regex -- control characters are what this is about
const gaps = /[\x00-\x20\x7f]+/g;
/** Separates texts that must come one after the other: a reboot is over at the prompt that comes after the boot loader. */
const between = '…';

/** Compares without white space: `a b` is found in `a \r\nb`, and in `ab` too. */
export class TextSequence {
  /** What is still expected, in order. */
  readonly #wanted: string[];
  /** What may be the beginning of the expected text; always shorter than that. */
  #tail = '';

  /** @param text one text, or several with `…` between them; each must contain more than white space. */
  constructor(text: string) {
    this.#wanted = text.split(between).map((part) => part.replace(gaps, ''));
  }

  /** Takes what comes next. @returns whether all of it has been found, now or before */
  feed(piece: string): boolean {
    let text = this.#tail + piece.replace(gaps, '');
    for (;;) {
      const wanted = this.#wanted[0];
      if (wanted === undefined) return true;
      const at = text.indexOf(wanted);
      if (at < 0) {
        this.#tail = wanted.length === 1 ? '' : text.slice(1 - wanted.length);
        return false;
      }
      text = text.slice(at + wanted.length);
      this.#wanted.shift();
    }
  }
}
