import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeClientFrame,
  decodeServerFrame,
  encodeFrame,
  FrameError,
  type ClientFrame,
  type ServerFrame,
} from './frames.ts';

const terminal = fc.nat(65_535);
const offset = fc.maxSafeNat();
const bytes = fc.uint8Array({ maxLength: 300 });

describe('frames', () => {
  it('a server frame is decoded as it was encoded', () => {
    const output = fc.record({ type: fc.constant('output' as const), terminal, offset, bytes });
    const size = fc.nat(65_535);
    const snapshot = fc.record({
      type: fc.constant('snapshot' as const),
      terminal,
      offset,
      columns: size,
      rows: size,
      screen: bytes,
    });
    fc.assert(
      fc.property(fc.oneof(output, snapshot), (frame: ServerFrame) => {
        expect(decodeServerFrame(encodeFrame(frame))).toEqual(frame);
      }),
    );
  });

  it('a client frame is decoded as it was encoded', () => {
    const input = fc.record({ type: fc.constant('input' as const), terminal, bytes });
    const acknowledge = fc.record({ type: fc.constant('acknowledge' as const), terminal, offset });
    fc.assert(
      fc.property(fc.oneof(input, acknowledge), (frame: ClientFrame) => {
        expect(decodeClientFrame(encodeFrame(frame))).toEqual(frame);
      }),
    );
  });

  it('any bytes give a frame or a FrameError, never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (data) => {
        for (const decode of [decodeClientFrame, decodeServerFrame]) {
          try {
            decode(data);
          } catch (error) {
            expect(error).toBeInstanceOf(FrameError);
          }
        }
      }),
    );
  });

  it('says what is wrong with a frame', () => {
    expect(() => decodeClientFrame(Uint8Array.of())).toThrow('found a frame of 0 bytes, expected at least 3');
    expect(() => decodeClientFrame(Uint8Array.of(0x01, 0, 1))).toThrow('found opcode 0x01');
    expect(() => decodeClientFrame(Uint8Array.of(0x12, 0, 1, 0))).toThrow(
      'found a frame of 4 bytes, expected at least 11',
    );
    const beyond = Uint8Array.of(0x12, 0, 1, 0xff, 0, 0, 0, 0, 0, 0, 0);
    expect(() => decodeClientFrame(beyond)).toThrow('expected at most 2^53 - 1');
  });
});
