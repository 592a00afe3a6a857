// Waits for plain texts in a terminal's bytes, which come in pieces. Knows no escape sequences: they have been removed.
import { TextSequence } from '../../protocol/text-sequence.ts';

/** See `TextSequence` for what is compared. */
export class TextWatch {
  readonly #sequence: TextSequence;
  /** Output may be cut inside a character. */
  readonly #decoder = new TextDecoder();

  /** @param text one text, or several with `…` between them; each must contain more than white space. */
  constructor(text: string) {
    this.#sequence = new TextSequence(text);
  }

  /** @returns whether all of it has been seen now. */
  feed(bytes: Uint8Array): boolean {
    return this.#sequence.feed(this.#decoder.decode(bytes, { stream: true }));
  }
}
