// Makes lines of chunks: bounded, and without keeping the chunks themselves.
import { expect, test } from 'vitest';
import { JsonLines, type JsonObject } from './json-lines.ts';

function gather(maxLineBytes = 100) {
  const objects: JsonObject[] = [];
  return { objects, lines: new JsonLines(maxLineBytes, (object) => objects.push(object)) };
}

test('several lines in a chunk, one line in several', () => {
  const { objects, lines } = gather();
  for (const text of ['{"a":1}\n\r\n{"b":', '2}', '\r\n{"c":', '3}\n']) lines.feed(Buffer.from(text));
  expect(objects).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
});

test('a line that comes byte by byte keeps its bytes but none of the chunks', () => {
  const { objects, lines } = gather(10_000);
  const text = `{"long":"${'ü'.repeat(4_000)}"}\n`;
  const chunk = Buffer.alloc(1);
  for (const byte of Buffer.from(text)) {
    // The same memory is used again and again: code that kept the chunks would find the last byte in all of them.
    chunk[0] = byte;
    lines.feed(chunk);
  }
  expect(objects).toEqual([{ long: 'ü'.repeat(4_000) }]);
});

test('a line that is too long is an error; a forgotten one is gone', () => {
  const { objects, lines } = gather();
  lines.feed(Buffer.from('{"old":'));
  lines.forget();
  lines.feed(Buffer.from('{"new":1}\n'));
  expect(objects).toEqual([{ new: 1 }]);
  expect(() => lines.feed(Buffer.from('"'.repeat(101)))).toThrow('a line of more than 100 bytes');
});

test.each(['[]', '7', 'null', '{', 'x'])('no object: %s', (text) => {
  expect(() => gather().lines.feed(Buffer.from(`${text}\n`))).toThrow(/expected|JSON/i);
});
