// How many messages a socket may send. Says how long to wait; pauses nothing itself.

/**
 * The most that a page sends by itself: an acknowledgement for each 5 kB of a flood at ten megabytes a second. Keys, mouse
 * reports and a paste are far less. Faster senders wait in their own network buffers.
 */
export const messagesPerSecond = 2_000;
/** Messages without any wait, for example when a second page opens, or for a burst of small frames. */
const burst = 2 * messagesPerSecond;
/** A run block or a pasted frame costs as much as many small messages. */
const bytesPerMessage = 2_048;

export class MessagePace {
  #room = burst;
  #countedAt: number;

  /** @param now milliseconds of a monotonic clock, as for `take` */
  constructor(now: number) {
    this.#countedAt = now;
  }

  /** Counts one message. @returns milliseconds for which no more should be read; nearly always 0 */
  take(bytes: number, now: number): number {
    const earned = ((now - this.#countedAt) / 1_000) * messagesPerSecond;
    this.#countedAt = now;
    this.#room = Math.min(burst, this.#room + earned) - 1 - Math.floor(bytes / bytesPerMessage);
    return this.#room >= 0 ? 0 : Math.ceil((-this.#room / messagesPerSecond) * 1_000);
  }
}
