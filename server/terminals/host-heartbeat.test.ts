import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { hungAfterBeats, watchHeart } from './host-heartbeat.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function host() {
  const told: string[] = [];
  const made = { told, answers: true, waiting: [] as (() => void)[], stop: () => undefined as void };
  made.stop = watchHeart(
    {
      ask: () =>
        new Promise<void>((resolve) => {
          if (made.answers) resolve();
          else made.waiting.push(resolve);
        }),
      onSilent: () => told.push('silent'),
      onAnswer: () => told.push('answers'),
      onHung: () => told.push('hung'),
    },
    100,
  );
  return made;
}

it('says nothing of a host that answers', async () => {
  const { told } = host();
  await vi.advanceTimersByTimeAsync(100_000);
  expect(told).toEqual([]);
});

it('reports silence and an answer after it, and gives up a host only once', async () => {
  const made = host();
  made.answers = false;
  await vi.advanceTimersByTimeAsync(500);
  expect(made.told).toEqual([]);
  await vi.advanceTimersByTimeAsync(100);
  expect(made.told).toEqual(['silent']);
  for (const answer of made.waiting.splice(0)) answer();
  await vi.advanceTimersByTimeAsync(0);
  expect(made.told).toEqual(['silent', 'answers']);
  await vi.advanceTimersByTimeAsync(100 * (hungAfterBeats + 10));
  expect(made.told).toEqual(['silent', 'answers', 'silent', 'hung']);
  made.stop();
  await vi.advanceTimersByTimeAsync(100_000);
  expect(made.told).toHaveLength(4);
});

it('counts a single turn when the server itself was held up', async () => {
  const made = host();
  made.answers = false;
  await vi.advanceTimersByTimeAsync(100);
  // Timers that were due meanwhile fire once.
  vi.setSystemTime(Date.now() + 3_600_000);
  await vi.advanceTimersByTimeAsync(100);
  expect(made.told).toEqual([]);
});
