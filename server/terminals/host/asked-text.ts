// What a terminal has printed since it last got an answer, to tell whether it asks a question. Knows no marks, no keys.

// A boot goes on printing below the question for a passphrase: so many characters of it, white space left out.
const keptCharacters = 16 * 1024;
/** Compared without white space and control characters, as `until` is: a question may be wrapped or painted. */
// eslint-disable-next-line no-control-regex -- control characters are what this is about
const gaps = /[\x00-\x20\x7f]+/g;
/** Of a sequence of texts the last is the question. */
const between = '…';

export class AskedText {
  #decoder = new TextDecoder();
  #text = '';

  /** Plain text of the output, however it is cut. */
  feed(bytes: Uint8Array): void {
    const text = this.#text + this.#decoder.decode(bytes, { stream: true }).replace(gaps, '');
    this.#text = text.slice(-keptCharacters);
  }

  /** The question was answered, or nothing asks any more. */
  forget(): void {
    this.#text = '';
  }

  has(question: string): boolean {
    const last = question.slice(question.lastIndexOf(between) + 1);
    return this.#text.includes(last.replace(gaps, ''));
  }
}
