// Gathers small reads from a pty into a few flushes, without delaying the echo of a key. Keeps the order, drops nothing.

// A flood comes in reads of at most 4 KiB: gathering them for 4 ms makes eight times fewer frames, and nobody notices 4 ms.
const gatherMs = 4;
// A larger batch gains nothing, and the page would paint it later.
const maxBatchBytes = 64 * 1024;

/** `onFlush` gets every byte exactly once, in order. */
export class OutputBatcher {
  readonly #onFlush: (bytes: Uint8Array) => void;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #echoExpected = false;

  constructor(onFlush: (bytes: Uint8Array) => void) {
    this.#onFlush = onFlush;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
    if (this.#echoExpected || this.#bytes >= maxBatchBytes) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), gatherMs);
  }

  /** The reader typed: the next output is most likely the echo and goes out at once. */
  expectEcho(): void {
    this.#echoExpected = true;
  }

  /** Passes on what was gathered, for example before a resize, which must not overtake output of the old size. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#echoExpected = false;
    if (this.#bytes === 0) return;
    const batch = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts, this.#bytes);
    this.#parts = [];
    this.#bytes = 0;
    if (batch !== undefined) this.#onFlush(batch);
  }
}
