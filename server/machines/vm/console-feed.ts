// Passes a console's bytes on at a limited rate: anybody at the console decides how much it prints. Knows no meaning.

/** A reader sees a phase change no later than this; a guest that prints byte by byte is read fifty times a second, not 10,000. */
const portionEveryMs = 20;
/**
 * What is more is left out, the oldest first: 800 kB a second, of which reading takes some hundredth of a processor. A real
 * UART has 11 kB a second; QEMU's has no limit.
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

  /** At once after a pause, else with the next portion. */
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

  /** Hands on what waits: before something that the bytes came before. */
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

  /** Hands nothing on any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
    this.#bytes = 0;
  }
}
