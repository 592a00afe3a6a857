// One JSON object a line over a stream, as QEMU's monitor and the guest agent speak it. Bounded; knows no meaning.

export type JsonObject = Record<string, unknown>;

/** Gathers chunks to lines. @throws {Error} from `feed` when a line is longer than allowed, or is no JSON object */
export class JsonLines {
  readonly #onObject: (object: JsonObject) => void;
  readonly #maxLineBytes: number;
  #parts: Buffer[] = [];
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
      const line = Buffer.concat(this.#parts).toString('utf8').trim();
      this.forget();
      if (line !== '') this.#onObject(parseObject(line));
    }
    this.#add(rest);
  }

  /** Drops an unfinished line. */
  forget(): void {
    this.#parts = [];
    this.#bytes = 0;
  }

  #add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#maxLineBytes) {
      throw new Error(`a line of more than ${this.#maxLineBytes} bytes came from the virtual machine`);
    }
    if (part.length > 0) this.#parts.push(part);
  }
}

function parseObject(line: string): JsonObject {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`expected a JSON object, found ${line.slice(0, 80)}`);
  }
  return value as JsonObject;
}
