// Every case has its turn within as many days as the number of cases requires.
import { expect, test } from 'vitest';
import { todaysShare } from './todays-share.ts';

const cases = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const onDay = (day: number) => todaysShare(cases, 2, { day, isLong: false });

test.each([0, 5, 20_783])('from day %i on all cases are taken within four days', (first) => {
  const taken = [0, 1, 2, 3].flatMap((days) => onDay(first + days));
  expect(new Set(taken)).toEqual(new Set(cases));
  expect(onDay(first)).toHaveLength(2);
});

test('a long run takes them all, and so does a short list', () => {
  expect(todaysShare(cases, 2, { day: 3, isLong: true })).toEqual(cases);
  expect(todaysShare(['a', 'b'], 2, { day: 3, isLong: false })).toEqual(['a', 'b']);
});
