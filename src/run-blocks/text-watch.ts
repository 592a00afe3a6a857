// Finds a text in a terminal's output without escape sequences, however the bytes are cut. No session, no timer.
import type { ServerFrame } from '../../server/protocol/frames.ts';
import { TextSequence } from '../../server/protocol/text-sequence.ts';

type Place = 'text' | 'escape' | 'csi' | 'string' | 'string-escape' | 'skip-one';

export class TextWatch {
  readonly #wanted: TextSequence;
  readonly #decoder = new TextDecoder();
  #place: Place = 'text';
  #next: number | undefined;

  /** @param wanted plain text as the screen shows it, or several texts with `…` between them, as in run blocks */
  constructor(wanted: string) {
    this.#wanted = new TextSequence(wanted);
  }

  /**
   * Takes the terminal's next frame. Output that is sent again does not count twice, and a whole screen does not count at
   * all, because it may show what was there before the watch began.
   * @returns whether the text has been found
   */
  take(frame: ServerFrame): boolean {
    if (frame.type === 'snapshot') {
      this.#next = frame.offset;
      return false;
    }
    const end = frame.offset + frame.bytes.length;
    const skip = Math.max(0, (this.#next ?? frame.offset) - frame.offset);
    this.#next = Math.max(this.#next ?? 0, end);
    return this.#see(frame.bytes.subarray(skip));
  }

  #see(bytes: Uint8Array): boolean {
    let shown = '';
    for (const character of this.#decoder.decode(bytes, { stream: true })) shown += this.#step(character);
    return this.#wanted.feed(shown);
  }

  /** @returns the character, or nothing when it is part of an escape sequence */
  #step(character: string): string {
    switch (this.#place) {
      case 'text':
        if (character !== '\u001b') return character;
        this.#place = 'escape';
        return '';
      case 'escape':
        this.#place = afterEscape(character);
        return '';
      case 'csi':
        if (character >= '@' && character <= '~') this.#place = 'text';
        return '';
      case 'string':
        if (character === '\u0007') this.#place = 'text';
        else if (character === '\u001b') this.#place = 'string-escape';
        return '';
      case 'string-escape':
      case 'skip-one':
        this.#place = 'text';
        return '';
    }
  }
}

function afterEscape(character: string): Place {
  if (character === '[') return 'csi';
  // OSC, DCS, SOS, PM and APC: strings that end with BEL or ESC \.
  if (']PX^_'.includes(character)) return 'string';
  // Character sets and similar sequences: one character follows.
  return '()*+-./#% '.includes(character) ? 'skip-one' : 'text';
}
