import { expect, test } from 'vitest';
import { verdictOf } from './run-check.ts';

const causes = ['not-enabled', 'missing'];

test('reads passed, failed with data, timed out', () => {
  expect(verdictOf(0, 'whatever', causes)).toEqual({ outcome: 'passed', data: {} });
  expect(verdictOf(undefined, '', causes)).toEqual({ outcome: 'timed-out', data: {} });
  expect(verdictOf(1, 'not-enabled unit=ssh.service why="a \\"b\\" c" n=\nmore\n', causes)).toEqual({
    outcome: 'failed',
    cause: 'not-enabled',
    data: { unit: 'ssh.service', why: 'a "b" c', n: '' },
  });
});

test.each([
  [1, 'unknown-cause'],
  [1, ''],
  [1, 'Traceback (most recent call last):'],
  [2, 'missing'],
  [127, 'sh: not found'],
])('calls exit %i with "%s" broken', (exitCode, line) => {
  expect(verdictOf(exitCode, line, causes).outcome).toBe('broken');
});

test('reads a verdict word by word', () => {
  const { data } = verdictOf(1, `missing  so a=1 B=2 b-2="x y" open="z ${'k=v '.repeat(40)}`, causes);
  expect(data).toMatchObject({ a: '1', 'b-2': 'x y', open: '"z', k: 'v' });
  expect(data).not.toHaveProperty('B');
  expect(verdictOf(1, `missing ${'a'.repeat(5_000)}`, causes).outcome).toBe('broken');
});

test.each([
  ['blanks', ' '],
  ['letters', 'a'],
  ['newlines', '\n'],
  ['pairs', 'a=" '],
  ['escapes', 'a="\\" '],
  ['a cause, blanks and a line separator', 'missing \u2028'],
])('takes only a small multiple of the time for reading what a check prints: %s', (_name, unit) => {
  const kibibytes = 64;
  const text = `missing ${unit.repeat((kibibytes * 1024) / unit.length)}\u2028`;
  const best = (work: () => unknown) => {
    let least = Infinity;
    for (let round = 0; round < 5; round++) {
      const beganAt = performance.now();
      work();
      least = Math.min(least, performance.now() - beganAt);
    }
    return least;
  };
  // A reference of the same length on the same machine: in an earlier version letters took a hundred thousand times as long.
  const reading = best(() => Array.from(text, (character) => character.charCodeAt(0)));
  for (const part of [text, text.slice(0, 4_000), text.trimStart().slice(8)])
    expect(best(() => verdictOf(1, part, causes)) / reading).toBeLessThan(50);
});
