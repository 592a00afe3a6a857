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
