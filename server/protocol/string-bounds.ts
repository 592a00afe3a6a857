// Bounds the strings of control sequences (titles, colours, clipboard) before xterm reads them. Nothing else changes.
//
// xterm gathers up to ten million characters of a string that does not end, each as a piece of its own: 500 MB, and twice that
// where two handlers read it.

/** A clipboard of 96 KiB as base64. A longer string is cancelled, and the rest of it shown as text. xterm needs 8 MB for it. */
export const maxStringBytes = 128 * 1024;

const escape = 0x1b;
const cancel = 0x18;
const substitute = 0x1a;

/**
 * Limits one stream of output, whose pieces may be cut anywhere. In whatever string xterm is, it leaves it at one of three
 * bytes: so one of them, CAN, is put in where all three have been missing for too long. Plain text is not changed by it.
 */
export class StringBounds {
  #bytes = 0;

  feed(bytes: Uint8Array): Uint8Array {
    if (this.#bytes + bytes.length <= maxStringBytes) {
      const end = Math.max(...[escape, cancel, substitute].map((byte) => bytes.lastIndexOf(byte)));
      this.#bytes = end === -1 ? this.#bytes + bytes.length : bytes.length - 1 - end;
      return bytes;
    }
    const parts: Uint8Array[] = [];
    let from = 0;
    for (const [at, byte] of bytes.entries()) {
      if (byte === escape || byte === cancel || byte === substitute) {
        this.#bytes = 0;
        continue;
      }
      // Never inside a character.
      if (this.#bytes >= maxStringBytes && (byte & 0xc0) !== 0x80) {
        parts.push(bytes.subarray(from, at), Uint8Array.of(cancel));
        from = at;
        this.#bytes = 0;
      }
      this.#bytes++;
    }
    return joinBytes([...parts, bytes.subarray(from)]);
  }
}

/** All parts as one; a single part is not copied. */
export function joinBytes(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
