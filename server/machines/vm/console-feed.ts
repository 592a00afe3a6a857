// Passes a console's bytes on at a limited rate: anybody at the console decides how much it prints. Does not interpret them.

/** A reader sees a change of phase at most this late; a guest that prints byte by byte is read fifty times a second, not 10,000 times. */
const portionEveryMs = 20;
/**
 * Anything beyond this is left out, the oldest first: it is 800 kB a second, which takes some hundredth of a processor to
 * read. A real UART carries 11 kB a second; QEMU's has no limit.
 */
const mostBytes = 16 * 1024;

export class ConsoleFeed {
  readonly #onBytes: (bytes: Buffer) => void;
  #waiting: Buffer[] = [];
  #bytes = 0;
  #handedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(onBytes: (bytes: Buffer) => void) {
    this.#onBytes = onBytes;
  }

  /** Passed on at once after a pause, otherwise with the next portion. */
  push(chunk: Buffer): void {
    this.#waiting.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > mostBytes) {
      this.#waiting = [Buffer.concat(this.#waiting).subarray(-mostBytes)];
      this.#bytes = mostBytes;
    }
    if (this.#timer !== undefined) return;
    const pauseMs = this.#handedAt + portionEveryMs - performance.now();
    if (pauseMs <= 0) this.flush();
    else this.#timer = setTimeout(() => this.flush(), pauseMs).unref();
  }

  /** Passes on what waits, before something that came after these bytes is handled. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#bytes === 0) return;
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#bytes = 0;
    this.#handedAt = performance.now();
    this.#onBytes(bytes);
  }

  /** Passes nothing on any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
    this.#bytes = 0;
  }
}
