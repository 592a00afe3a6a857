// One JSON object per line over a stream, as QEMU's monitor and the guest agent use it. Bounded; does not interpret them.

export type JsonObject = Record<string, unknown>;

/** Initial size of a line's buffer: most answers fit. */
const usualLineBytes = 1_024;

/**
 * Gathers chunks to lines. An unfinished line has a buffer of its own: a thousand chunks of one byte take a thousand bytes.
 * @throws {Error} from `feed` when a line is longer than allowed or is not a JSON object
 */
export class JsonLines {
  readonly #onObject: (object: JsonObject) => void;
  readonly #maxLineBytes: number;
  #line: Buffer = Buffer.alloc(0);
  #bytes = 0;

  constructor(maxLineBytes: number, onObject: (object: JsonObject) => void) {
    this.#maxLineBytes = maxLineBytes;
    this.#onObject = onObject;
  }

  feed(chunk: Buffer): void {
    let rest = chunk;
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      this.#add(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
      const line = this.#line.toString('utf8', 0, this.#bytes).trim();
      this.forget();
      if (line !== '') this.#onObject(parseObject(line));
    }
    this.#add(rest);
  }

  /** Drops an unfinished line. */
  forget(): void {
    if (this.#line.length > usualLineBytes) this.#line = Buffer.alloc(0);
    this.#bytes = 0;
  }

  #add(part: Buffer): void {
    const bytes = this.#bytes + part.length;
    if (bytes > this.#maxLineBytes) {
      throw new Error(`a line of more than ${this.#maxLineBytes} bytes came from the virtual machine`);
    }
    if (bytes > this.#line.length) {
      const longer = Buffer.alloc(Math.max(usualLineBytes, bytes, 2 * this.#line.length));
      this.#line.copy(longer, 0, 0, this.#bytes);
      this.#line = longer;
    }
    part.copy(this.#line, this.#bytes);
    this.#bytes = bytes;
  }
}

function parseObject(line: string): JsonObject {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`expected a JSON object, found ${line.slice(0, 80)}`);
  }
  return value as JsonObject;
}
