import { afterEach, expect, test, vi } from 'vitest';
import { SteadyRateStore } from './steady-rate-store.ts';

const windowMs = 60_000;

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function counter(store: SteadyRateStore) {
  return (key: string) => {
    let answer: { current: number; ttl: number } | undefined;
    store.incr(key, (_failure, result) => (answer = result), windowMs);
    return answer;
  };
}

test('counts by key within a window, and starts over after it', () => {
  let now = 1_000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const ask = counter(new SteadyRateStore());
  expect([ask('a')?.current, ask('a')?.current, ask('b')?.current]).toEqual([1, 2, 1]);
  now += 20_000;
  expect(ask('a')).toEqual({ current: 3, ttl: 40_000 });
  now += 40_000;
  expect(ask('a')).toEqual({ current: 1, ttl: windowMs });
});

test('a clock that is set back two hours locks nobody out', () => {
  let now = 1_000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const ask = counter(new SteadyRateStore());
  ask('a');
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 2 * 3_600_000 });
  now += windowMs;
  expect(ask('a')).toEqual({ current: 1, ttl: windowMs });
});

test('made-up names do not fill the memory: the oldest window is forgotten', () => {
  const ask = counter(new SteadyRateStore());
  ask('first');
  for (let at = 0; at < 10_000; at++) ask(`other ${at}`);
  expect(ask('other 9999')?.current).toBe(2);
  expect(ask('first')?.current).toBe(1);
});

test('an address is forgotten when its window is over, although nobody asks any more', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const store = new SteadyRateStore();
  const ask = counter(store);
  ask('a');
  await vi.advanceTimersByTimeAsync(20_000);
  ask('b');
  ask('a');
  expect(store.size).toBe(2);
  await vi.advanceTimersByTimeAsync(windowMs - 20_000);
  expect(store.size).toBe(1);
  await vi.advanceTimersByTimeAsync(20_000 + 1_000);
  expect(store.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
