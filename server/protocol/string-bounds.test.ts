import { expect, it } from 'vitest';
import { maxStringBytes, StringBounds } from './string-bounds.ts';

function bounded(text: string, cut: number): string {
  const bounds = new StringBounds();
  const bytes = Buffer.from(text);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += cut) parts.push(bounds.feed(bytes.subarray(at, at + cut)));
  return Buffer.concat(parts).toString();
}

const cuts = [1, 1_000, maxStringBytes - 1, maxStringBytes, 10_000_000];

it.each(cuts)('cancels a string that is too long, in pieces of %i bytes', (cut) => {
  const title = 't'.repeat(maxStringBytes - 3);
  expect(bounded(`\x1b]0;${title}more\x07`, cut)).toBe(`\x1b]0;${title}\x18more\x07`);
  expect(bounded(`\x1b]0;${'t'.repeat(10 * maxStringBytes)}`, cut).split('\x18')).toHaveLength(11);
});

it.each(cuts)('leaves what ends in time unchanged, in pieces of %i bytes', (cut) => {
  const half = 'é'.repeat(maxStringBytes / 4);
  for (const end of ['\x1b', '\x18', '\x1a']) {
    const text = `\x1b]52;c;${half}${end}${half}${end}${half}`;
    expect(bounded(text, cut)).toBe(text);
  }
});

it.each(cuts)('cuts no character in two, in pieces of %i bytes', (cut) => {
  const text = `x${'漢'.repeat(maxStringBytes)}`;
  const cutText = bounded(text, cut);
  expect(cutText).toContain('\x18');
  expect(cutText.replaceAll('\x18', '')).toBe(text);
});
