import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeClose,
  encodeClose,
  encodeMessage,
  FramingError,
  MessageReader,
  messageKind,
} from './message-framing.ts';

const message = fc.tuple(fc.constantFrom(messageKind.text, messageKind.binary), fc.uint8Array({ maxLength: 60 }));

describe('message framing', () => {
  it('messages come back whole and in order, wherever the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(message),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
        (messages, lengths) => {
          const stream = Buffer.concat(messages.map(([kind, payload]) => encodeMessage(kind, payload)));
          const read: [number, Uint8Array][] = [];
          const reader = new MessageReader((kind, payload) => read.push([kind, Uint8Array.from(payload)]));
          for (let at = 0, turn = 0; at < stream.length; turn++) {
            const length = lengths[turn % lengths.length] ?? 1;
            reader.feed(stream.subarray(at, at + length));
            at += length;
          }
          expect(read).toEqual(messages.map(([kind, payload]) => [kind, payload]));
        },
      ),
    );
  });

  it('refuses a message that is too long before reading it, and an unknown kind', () => {
    const reader = new MessageReader(() => undefined, 10);
    expect(() => reader.feed(Buffer.from([0, 0, 0, 11, 1]))).toThrow(
      'found a message of 11 bytes, expected at most 10',
    );
    const other = new MessageReader(() => undefined);
    expect(() => other.feed(Buffer.from([0, 0, 0, 0, 9]))).toThrow(FramingError);
  });

  it('a close message carries code and reason', () => {
    const payload = encodeClose(4410, 'über').subarray(5);
    expect(decodeClose(payload)).toEqual({ code: 4410, reason: 'über' });
    expect(() => decodeClose(Buffer.from([1]))).toThrow(FramingError);
  });
});
