// Messages on the stream between server and pty host: length, kind, payload. Knows neither sockets nor their meaning.

export const messageKind = {
  /** UTF-8 JSON. */
  text: 1,
  /** A frame of server/protocol/frames.ts. */
  binary: 2,
  /** The last message: a close code (2 bytes) and a reason. */
  close: 3,
} as const;

/** The largest message either way: a screen of 2 MiB and its header, or the run blocks and terminals of a session. */
export const maxMessageBytes = 4 * 1024 * 1024;

const headerBytes = 5;

/** The stream breaks the layout; nothing after it can be read. */
export class FramingError extends Error {
  override name = 'FramingError';
}

export function encodeMessage(kind: number, payload: Uint8Array): Uint8Array {
  const message = Buffer.allocUnsafe(headerBytes + payload.length);
  message.writeUInt32BE(payload.length, 0);
  message.writeUInt8(kind, 4);
  message.set(payload, headerBytes);
  return message;
}

export function encodeClose(code: number, reason: string): Uint8Array {
  const text = Buffer.from(reason);
  const payload = Buffer.allocUnsafe(2 + text.length);
  payload.writeUInt16BE(code, 0);
  payload.set(text, 2);
  return encodeMessage(messageKind.close, payload);
}

export function decodeClose(payload: Uint8Array): { code: number; reason: string } {
  if (payload.length < 2)
    throw new FramingError(`found a close message of ${payload.length} bytes, expected at least 2`);
  const bytes = Buffer.from(payload);
  return { code: bytes.readUInt16BE(0), reason: bytes.toString('utf8', 2) };
}

/** Puts messages together from a stream that may be cut anywhere. */
export class MessageReader {
  readonly #maxBytes: number;
  readonly #onMessage: (kind: number, payload: Buffer) => void;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(onMessage: (kind: number, payload: Buffer) => void, maxBytes = maxMessageBytes) {
    this.#onMessage = onMessage;
    this.#maxBytes = maxBytes;
  }

  /** @throws {FramingError} for a message that is too long or of an unknown kind. */
  feed(chunk: Buffer): void {
    this.#parts.push(chunk);
    this.#bytes += chunk.length;
    let waiting = this.#join(headerBytes);
    while (waiting !== undefined) {
      const length = waiting.readUInt32BE(0);
      const kind = waiting.readUInt8(4);
      if (length > this.#maxBytes)
        throw new FramingError(`found a message of ${length} bytes, expected at most ${this.#maxBytes}`);
      if (kind < messageKind.text || kind > messageKind.close)
        throw new FramingError(`found message kind ${kind}, expected 1 to 3`);
      const message = this.#join(headerBytes + length);
      if (message === undefined) return;
      this.#parts = [message.subarray(headerBytes + length)];
      this.#bytes -= headerBytes + length;
      this.#onMessage(kind, message.subarray(headerBytes, headerBytes + length));
      waiting = this.#join(headerBytes);
    }
  }

  /** Everything that waits as one buffer, once it has `least` bytes. Joined only then, so that no byte is copied many times. */
  #join(least: number): Buffer | undefined {
    if (this.#bytes < least) return undefined;
    const first = this.#parts[0];
    if (first !== undefined && this.#parts.length === 1) return first;
    const joined = Buffer.concat(this.#parts, this.#bytes);
    this.#parts = [joined];
    return joined;
  }
}
