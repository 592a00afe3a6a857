// The table of sessions: aligned columns, and a dash for what is unknown.
import { expect, test } from 'vitest';
import { duration, sessionTable } from './session-table.ts';

test('one of a running server, one that was left, one that was prepared', () => {
  const left = {
    id: '0123456789abcdef',
    lab: 'encrypt-disk',
    state: 'ready' as const,
    reader: 'ab12cd34',
    machines: ['desktop', 'registry'],
    ageMs: 3_723_000,
  };
  const served = { ...left, machines: ['desktop (off)'], idleMs: 61_000, endsInMs: 1_799_000, viewers: 1 };
  const prepared = { id: 'fedcba9876543210', lab: '', state: 'ready' as const, reader: '', machines: [], ageMs: 0 };
  expect(sessionTable([served, { ...left, state: 'gone' }, prepared]).split('\n')).toEqual([
    'ID                LAB           STATE     AGE        IDLE   ENDS IN  READER    VIEWERS  MACHINES',
    '0123456789abcdef  encrypt-disk  ready     1 h 2 min  1 min  29 min   ab12cd34  1        desktop (off)',
    '0123456789abcdef  encrypt-disk  gone      1 h 2 min  –      –        ab12cd34  –        desktop, registry',
    'fedcba9876543210  –             prepared  –          –      –        –         –        –',
  ]);
});

test('without sessions there is no table', () => {
  expect(sessionTable([])).toBe('');
});

test.each([
  [undefined, '–'],
  [0, '0 min'],
  [59 * 60_000 + 59_999, '59 min'],
  [60 * 60_000, '1 h 0 min'],
])('%j is “%s”', (ms, words) => {
  expect(duration(ms)).toBe(words);
});
