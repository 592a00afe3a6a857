// What a terminal has printed since it last got an answer, to tell whether it asks a question. Knows no marks, no keys.

// A boot goes on printing below the question for a passphrase: this many characters are kept, not counting white space.
const keptCharacters = 16 * 1024;
/** Compared without white space and control characters, as `until` is: a question may be wrapped or coloured. */
// eslint-disable-next-line no-control-regex -- control characters are what this is about
const gaps = /[\x00-\x20\x7f]+/g;
/** The question is the last text of the sequence. */
const between = '…';

export class AskedText {
  #decoder = new TextDecoder();
  #text = '';

  /** Plain text of the output, in pieces of any size. */
  feed(bytes: Uint8Array): void {
    const text = this.#text + this.#decoder.decode(bytes, { stream: true }).replace(gaps, '');
    this.#text = text.slice(-keptCharacters);
  }

  /** The question was answered, or there is no question any more. */
  forget(): void {
    this.#text = '';
  }

  has(question: string): boolean {
    const last = question.slice(question.lastIndexOf(between) + 1);
    return this.#text.includes(last.replace(gaps, ''));
  }
}
