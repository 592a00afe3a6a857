// Tells the server how much output the screen has shown: rarely enough to be cheap, often enough to keep output flowing.
import { acknowledgeEveryBytes } from '../../server/protocol/limits.ts';

export class Acknowledger {
  readonly #send: (offset: number) => void;
  #acknowledged = 0;

  constructor(send: (offset: number) => void) {
    this.#send = send;
  }

  /** Starts over: the server counts from this offset on. */
  begin(offset: number): void {
    this.#acknowledged = offset;
  }

  /** Everything before `offset` has been parsed. */
  parsed(offset: number): void {
    if (offset - this.#acknowledged < acknowledgeEveryBytes) return;
    this.#acknowledged = offset;
    this.#send(offset);
  }
}
