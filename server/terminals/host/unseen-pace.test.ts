import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { unseenBurstBytes, unseenBytesPerSecond, UnseenPace } from './unseen-pace.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A program that writes whenever it may. */
function flood() {
  let isHeld = false;
  let written = 0;
  const pace = new UnseenPace((held) => (isHeld = held));
  const run = (seconds: number) => {
    const before = written;
    for (let ms = 0; ms < seconds * 1_000; ms++) {
      if (!isHeld) {
        written += 4_096;
        pace.output(4_096);
      }
      vi.advanceTimersByTime(1);
    }
    return written - before;
  };
  return { pace, run };
}

it('lets a burst through, then slows down without ever stopping', () => {
  const { run } = flood();
  const first = run(1);
  expect(first).toBeGreaterThanOrEqual(unseenBurstBytes - 8_192);
  for (let second = 0; second < 5; second++) {
    const more = run(2);
    expect(more).toBeGreaterThan(0);
    expect(more).toBeLessThanOrEqual(2 * unseenBytesPerSecond + 4_096);
  }
});

it('stops slowing down at once when somebody looks, and does not count what is seen', () => {
  const { pace, run } = flood();
  run(2);
  pace.seen(true);
  expect(run(1)).toBe(1_000 * 4_096);
  pace.seen(false);
  expect(run(1)).toBeGreaterThanOrEqual(unseenBurstBytes - 8_192);
});
