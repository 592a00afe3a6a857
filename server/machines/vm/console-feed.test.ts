// How often a console's output is passed on, and how much of it.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConsoleFeed } from './console-feed.ts';

beforeEach(() => void vi.useFakeTimers({ now: 1_000 }));
afterEach(() => void vi.useRealTimers());

function feed() {
  const handed: string[] = [];
  return { handed, console: new ConsoleFeed((bytes) => handed.push(bytes.toString())) };
}

test('at once after a pause, then together with what comes next', () => {
  const { handed, console } = feed();
  vi.advanceTimersByTime(1_000);
  for (const text of ['a', 'b', 'c']) console.push(Buffer.from(text));
  expect(handed).toEqual(['a']);
  vi.advanceTimersByTime(20);
  expect(handed).toEqual(['a', 'bc']);
});

test('a flood byte by byte becomes some portions a second, each limited, with the end of what came', () => {
  const { handed, console } = feed();
  for (let ms = 0; ms < 1_000; ms += 1) {
    for (let at = 0; at < 100; at += 1) console.push(Buffer.from('x'.repeat(100)));
    console.push(Buffer.from(`end ${ms}`));
    vi.advanceTimersByTime(1);
  }
  expect(handed.length).toBeLessThanOrEqual(52);
  expect(Math.max(...handed.map((text) => text.length))).toBe(16 * 1024);
  expect(handed.slice(1).every((text) => /end \d+$/.test(text))).toBe(true);
});

test('what waits is passed on before an event, and not after the end', () => {
  const { handed, console } = feed();
  vi.advanceTimersByTime(1_000);
  console.push(Buffer.from('a'));
  console.push(Buffer.from('b'));
  console.flush();
  expect(handed).toEqual(['a', 'b']);
  console.push(Buffer.from('c'));
  console.close();
  vi.advanceTimersByTime(1_000);
  expect(handed).toEqual(['a', 'b']);
});
