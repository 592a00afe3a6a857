// Binary WebSocket frames: terminal bytes and their acknowledgement. Knows neither sockets nor terminals.
// Text WebSocket messages carry JSON (see messages.ts); everything that is terminal data is binary and shaped here.

/** First byte of every binary frame. Below 0x10 the server sends it, from 0x10 on the client. */
export const opcode = {
  /** Terminal output: number, offset of the first byte, bytes. */
  output: 0x01,
  /** The whole screen: number, the offset that it represents, columns, rows, UTF-8 escape sequences. */
  snapshot: 0x02,
  /** Keystrokes: number, bytes. */
  input: 0x11,
  /** "I have shown everything before this offset": number, offset. */
  acknowledge: 0x12,
} as const;

export type ServerFrame =
  | { type: 'output'; terminal: number; offset: number; bytes: Uint8Array }
  | { type: 'snapshot'; terminal: number; offset: number; columns: number; rows: number; screen: Uint8Array };

export type ClientFrame =
  { type: 'input'; terminal: number; bytes: Uint8Array } | { type: 'acknowledge'; terminal: number; offset: number };

/** A frame that breaks the layout. `message` says what was found and what was expected. */
export class FrameError extends Error {
  override name = 'FrameError';
}

// opcode (1) + terminal number (2); an offset is 8 bytes, columns and rows 2 each.
const headerBytes = 3;
const offsetBytes = 8;
const sizeBytes = 4;

/** @throws {FrameError} never, because the fields are our own. Offsets are byte counts since the terminal began (safe integers). */
export function encodeFrame(frame: ServerFrame | ClientFrame): Uint8Array<ArrayBuffer> {
  switch (frame.type) {
    case 'output':
      return assemble(opcode.output, frame.terminal, frame.bytes, frame.offset);
    case 'snapshot':
      return assemble(opcode.snapshot, frame.terminal, frame.screen, frame.offset, [frame.columns, frame.rows]);
    case 'input':
      return assemble(opcode.input, frame.terminal, frame.bytes);
    case 'acknowledge':
      return assemble(opcode.acknowledge, frame.terminal, new Uint8Array(0), frame.offset);
  }
}

/** @throws {FrameError} on an unknown opcode or a frame that is too short. */
export function decodeServerFrame(data: Uint8Array): ServerFrame {
  const { view, terminal } = readHeader(data);
  switch (view.getUint8(0)) {
    case opcode.output:
      requireLength(data, headerBytes + offsetBytes);
      return { type: 'output', terminal, offset: readOffset(view), bytes: data.subarray(headerBytes + offsetBytes) };
    case opcode.snapshot: {
      const start = headerBytes + offsetBytes;
      requireLength(data, start + sizeBytes);
      const columns = view.getUint16(start);
      const rows = view.getUint16(start + 2);
      return {
        type: 'snapshot',
        terminal,
        offset: readOffset(view),
        columns,
        rows,
        screen: data.subarray(start + sizeBytes),
      };
    }
    default:
      throw new FrameError(`found opcode ${hex(view.getUint8(0))}, expected 0x01 (output) or 0x02 (snapshot)`);
  }
}

/** @throws {FrameError} on an unknown opcode or a frame that is too short or too long for its kind. */
export function decodeClientFrame(data: Uint8Array): ClientFrame {
  const { view, terminal } = readHeader(data);
  switch (view.getUint8(0)) {
    case opcode.input:
      return { type: 'input', terminal, bytes: data.subarray(headerBytes) };
    case opcode.acknowledge:
      requireLength(data, headerBytes + offsetBytes);
      return { type: 'acknowledge', terminal, offset: readOffset(view) };
    default:
      throw new FrameError(`found opcode ${hex(view.getUint8(0))}, expected 0x11 (input) or 0x12 (acknowledge)`);
  }
}

function assemble(code: number, terminal: number, payload: Uint8Array, offset?: number, size?: [number, number]) {
  const fixed = headerBytes + (offset === undefined ? 0 : offsetBytes) + (size === undefined ? 0 : sizeBytes);
  const frame = new Uint8Array(fixed + payload.length);
  const view = new DataView(frame.buffer);
  view.setUint8(0, code);
  view.setUint16(1, terminal);
  if (offset !== undefined) view.setBigUint64(headerBytes, BigInt(offset));
  if (size !== undefined) {
    view.setUint16(headerBytes + offsetBytes, size[0]);
    view.setUint16(headerBytes + offsetBytes + 2, size[1]);
  }
  frame.set(payload, fixed);
  return frame;
}

function readHeader(data: Uint8Array) {
  requireLength(data, headerBytes);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return { view, terminal: view.getUint16(1) };
}

function readOffset(view: DataView): number {
  const offset = view.getBigUint64(headerBytes);
  if (offset > BigInt(Number.MAX_SAFE_INTEGER))
    throw new FrameError(`found offset ${offset}, expected at most 2^53 - 1`);
  return Number(offset);
}

function requireLength(data: Uint8Array, least: number) {
  if (data.length < least) throw new FrameError(`found a frame of ${data.length} bytes, expected at least ${least}`);
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}
