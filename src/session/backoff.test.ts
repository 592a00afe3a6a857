// Delays grow, stay within their limit and differ randomly.
import { expect, test } from 'vitest';
import { reconnectDelayMs } from './backoff.ts';

test('grows from attempt to attempt', () => {
  const delays = [1, 2, 3, 4, 5].map((attempt) => reconnectDelayMs(attempt, 1));
  expect(delays).toEqual(delays.toSorted((a, b) => a - b));
  expect(delays[0]).toBe(400);
});

test('never waits longer than 15 seconds or less than half of the full delay', () => {
  expect(reconnectDelayMs(1_000, 1)).toBe(15_000);
  expect(reconnectDelayMs(1_000, 0)).toBe(7_500);
});
