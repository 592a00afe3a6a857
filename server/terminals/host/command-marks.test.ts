import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommandMarks, type Mark } from './command-marks.ts';

function marksOf(chunks: Uint8Array[]): Mark[] {
  const found: Mark[] = [];
  const marks = new CommandMarks((mark) => found.push(mark));
  for (const chunk of chunks) marks.feed(chunk);
  return found;
}

const spoken: [string, Mark][] = [
  ['\x1b]133;A\x07', { kind: 'prompt-start' }],
  ['\x1b]133;A;cl=m;aid=7\x1b\\', { kind: 'prompt-start' }],
  ['\x1b]133;B\x1b\\', { kind: 'prompt-end' }],
  ['\x1b]133;C\x07', { kind: 'command-start' }],
  ['\x1b]133;C;1\x07', { kind: 'command-start', status: 1 }],
  ['\x1b]133;D;127\x07', { kind: 'command-end', status: 127 }],
  ['\x1b]133;D\x07', { kind: 'command-end' }],
  ['\x1b[?2004h', { kind: 'line-start' }],
  ['\x1b[?1;2004l', { kind: 'line-end' }],
];
const silent = [
  'text',
  '\x1b[1;31mred\x1b[m',
  '\x1b]0;a title\x07',
  '\x1b]8;;https://example.org/133;D;1\x1b\\',
  '\x1b]133;X\x07',
  '\x1b]133;D;1\x18',
  '\x1b[2004h',
  '\x1b(B',
  '\x1b]1337;File=x\x07',
  'grüße\r\n',
  '\x80\xff',
];

describe('CommandMarks', () => {
  it.each(spoken)('finds %j', (text, mark) => {
    expect(marksOf([Buffer.from(text, 'latin1')])).toEqual([mark]);
  });

  it.each(silent)('finds nothing in %j', (text) => {
    expect(marksOf([Buffer.from(text, 'latin1')])).toEqual([]);
  });

  it('finds the same wherever the stream is cut', () => {
    const part = fc.oneof(
      fc.constantFrom(...spoken),
      fc.constantFrom(...silent).map((text): [string, undefined] => [text, undefined]),
    );
    fc.assert(
      fc.property(fc.array(part), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (parts, lengths) => {
        const stream = Buffer.from(parts.map(([text]) => text).join(''), 'latin1');
        const chunks: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const length = lengths[turn % lengths.length] ?? 1;
          chunks.push(stream.subarray(at, at + length));
          at += length;
        }
        expect(marksOf(chunks)).toEqual(parts.flatMap(([, mark]) => (mark === undefined ? [] : [mark])));
      }),
    );
  });

  it('passes on text without escape sequences, wherever the stream is cut', () => {
    const stream = 'a\x1b[1;31mb\x1b]0;title\x07c\x1b(Bd\x1bPq#0\x1b\\e\x1b]133;A\x1b\\f\x1b7g\r\n';
    for (let size = 1; size < 8; size++) {
      let text = '';
      const marks = new CommandMarks(
        () => undefined,
        (bytes) => (text += Buffer.from(bytes).toString('latin1')),
      );
      for (let at = 0; at < stream.length; at += size) marks.feed(Buffer.from(stream.slice(at, at + size), 'latin1'));
      expect(text).toBe('abcdefg\r\n');
    }
  });

  it('still works after any sequence of bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        // CAN ends whatever sequence the noise began.
        const found = marksOf([noise, Buffer.from('\x18\x1b]133;B\x07')]);
        expect(found.at(-1)).toEqual({ kind: 'prompt-end' });
      }),
    );
  });
});
