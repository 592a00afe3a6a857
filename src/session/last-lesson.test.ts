// What is remembered about the lessons of sessions, and that it does not grow without limit.
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => void vi.unstubAllGlobals());

/** A browser that stores what it is given. */
async function fresh() {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
  vi.resetModules();
  return { kept, ...(await import('./last-lesson.ts')) };
}

test('the lesson of the last use counts, for each session', async () => {
  const { lastLesson, rememberLesson } = await fresh();
  rememberLesson('a', 'build/first');
  rememberLesson('b', 'encrypt/tpm2');
  rememberLesson('a', 'build/ship-it');
  expect([lastLesson('a'), lastLesson('b'), lastLesson('c')]).toEqual(['build/ship-it', 'encrypt/tpm2', undefined]);
});

test('the sessions used longest ago are forgotten', async () => {
  const { lastLesson, rememberLesson } = await fresh();
  for (let number = 0; number < 60; number++) rememberLesson(`s${number}`, 'build/first');
  expect([lastLesson('s0'), lastLesson('s59')]).toEqual([undefined, 'build/first']);
});

test('values that others have stored do not count as lessons', async () => {
  const { kept, lastLesson } = await fresh();
  kept.set('euos-labs:last-lesson', '{"a":7}');
  expect(lastLesson('a')).toBeUndefined();
});
