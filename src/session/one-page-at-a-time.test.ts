import { afterEach, expect, test, vi } from 'vitest';
import { onePageAtATime } from './one-page-at-a-time.ts';

afterEach(() => void vi.unstubAllGlobals());

/** Work that says when it begins and ends. */
function recorder() {
  const steps: string[] = [];
  const work = (name: string) => async () => {
    steps.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    steps.push(`${name} ends`);
    return name;
  };
  return { steps, work };
}

test('the second page waits for the first', async () => {
  const { steps, work } = recorder();
  expect(await Promise.all([onePageAtATime('x', work('a')), onePageAtATime('x', work('b'))])).toEqual(['a', 'b']);
  expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

test.each([
  ['there are no locks', {}],
  ['the browser refuses them', { locks: { request: () => Promise.reject(new Error('SecurityError')) } }],
])('where %s, the work is done all the same, once', async (_, navigator) => {
  vi.stubGlobal('navigator', navigator);
  const { steps, work } = recorder();
  expect(await onePageAtATime('x', work('a'))).toBe('a');
  expect(steps).toEqual(['a begins', 'a ends']);
});

test('what goes wrong in the work is the caller’s to hear, and it is not done again', async () => {
  let times = 0;
  const work = () => {
    times++;
    return Promise.reject(new Error('refused'));
  };
  await expect(onePageAtATime('x', work)).rejects.toThrow('refused');
  expect(times).toBe(1);
});
