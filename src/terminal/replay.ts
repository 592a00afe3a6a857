// Which output is a replay: what the server sends after an attach to bring a page up to date, however long it takes to parse. No xterm.
import type { ServerFrame } from '../../server/protocol/frames.ts';

export class Replay {
  #isExpected = true;
  #unparsed = 0;

  /** While this lasts, what is parsed was shown or happened before: it is not announced, and its queries were answered. */
  get isOn(): boolean {
    return this.#unparsed > 0;
  }

  /** The page has requested the terminal. */
  attaching(): void {
    this.#isExpected = true;
  }

  /**
   * To be asked for each frame. After an attach the server sends a screen, or not, and then always one frame of output, which
   * may be empty, with what is missing.
   */
  includes(frame: ServerFrame): boolean {
    const isReplay = this.#isExpected;
    if (frame.type !== 'snapshot') this.#isExpected = false;
    return isReplay || frame.type === 'snapshot';
  }

  /** Part of a replay is handed to the parser. @returns to be called when it has been parsed */
  begin(): () => void {
    this.#unparsed++;
    return () => void this.#unparsed--;
  }
}
