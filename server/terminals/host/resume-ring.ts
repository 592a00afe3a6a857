// The last bytes of a terminal's output, addressed by their offset since the terminal began. Knows nothing of screens.

/** A ring of fixed capacity: memory does not grow with output. */
export class ResumeRing {
  readonly #buffer: Uint8Array;
  #end = 0;

  constructor(capacityBytes: number) {
    this.#buffer = new Uint8Array(capacityBytes);
  }

  /** Offset of the first byte that is still here. */
  get start(): number {
    return Math.max(0, this.#end - this.#buffer.length);
  }

  /** Offset after the last byte: how many bytes there have been in all. */
  get end(): number {
    return this.#end;
  }

  push(bytes: Uint8Array): void {
    const capacity = this.#buffer.length;
    const kept = bytes.length > capacity ? bytes.subarray(bytes.length - capacity) : bytes;
    const at = (this.#end + bytes.length - kept.length) % capacity;
    const untilWrap = Math.min(kept.length, capacity - at);
    this.#buffer.set(kept.subarray(0, untilWrap), at);
    this.#buffer.set(kept.subarray(untilWrap), 0);
    this.#end += bytes.length;
  }

  /** A copy of all bytes from `offset` on (none at the end); undefined when they are not all here any more. */
  from(offset: number): Uint8Array | undefined {
    if (offset < this.start || offset > this.#end) return undefined;
    const copy = new Uint8Array(this.#end - offset);
    const at = offset % this.#buffer.length;
    const untilWrap = Math.min(copy.length, this.#buffer.length - at);
    copy.set(this.#buffer.subarray(at, at + untilWrap), 0);
    copy.set(this.#buffer.subarray(0, copy.length - untilWrap), untilWrap);
    return copy;
  }
}
