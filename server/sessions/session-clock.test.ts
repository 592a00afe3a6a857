import { afterEach, expect, test, vi } from 'vitest';
import { SessionClock } from './session-clock.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('continues where the previous server stopped, and counts the time that passes', () => {
  let steady = 7_000;
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
  const clock = new SessionClock(100_000, () => steady);
  expect(clock.now()).toBe(100_000);
  steady += 5_000;
  vi.setSystemTime(1_005_000);
  expect(clock.now()).toBe(105_000);
  expect(clock.hasJumped()).toBe(false);
});

test('a gap is a pause: a server that was stopped for two hours has counted nothing, and says once that it was stopped', () => {
  let steady = 0;
  const clock = new SessionClock(0, () => steady);
  steady += 2 * 3_600_000;
  expect(clock.now()).toBe(0);
  steady += 1_000;
  expect(clock.now()).toBe(1_000);
  expect(clock.hasJumped()).toBe(true);
  expect(clock.hasJumped()).toBe(false);
});

test.each([2 * 3_600_000, -2 * 3_600_000])('setting the wall clock by %i ms is reported but does not count', (ms) => {
  const clock = new SessionClock(0, () => 50);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
  expect(clock.now()).toBe(0);
  expect(clock.hasJumped()).toBe(true);
  expect(clock.hasJumped()).toBe(false);
});
