// The age of a day: in days, later in months, and undefined for anything that is not a past day.
import { expect, test } from 'vitest';
import { ageWords } from './age-words.ts';

const now = Date.parse('2026-11-26T12:00:00Z');

test.each([
  ['2026-11-26', 'today'],
  ['2026-11-25', 'yesterday'],
  ['2026-11-21', '5 days ago'],
  ['2026-08-26', '3 months ago'],
  ['2026-11-28', undefined],
  ['', undefined],
])('%s is %s', (day, words) => expect(ageWords(day, now, 'en')).toBe(words));
