// The page takes only a few keys, and never a plain control character.
import { expect, test } from 'vitest';
import { endedKey, terminalChord, type Chord } from './terminal-keys.ts';

const chord = (part: Partial<Chord>): Chord => ({
  key: '',
  code: '',
  ctrlKey: false,
  shiftKey: false,
  altKey: false,
  metaKey: false,
  ...part,
});

test('two key combinations leave the terminal', () => {
  expect(terminalChord(chord({ key: 'ArrowLeft', ctrlKey: true, altKey: true }))).toBe('leave');
  expect(terminalChord(chord({ key: 'F6', shiftKey: true }))).toBe('leave');
});

test('copy, paste and find need Ctrl and Shift', () => {
  expect(terminalChord(chord({ code: 'KeyC', ctrlKey: true, shiftKey: true }))).toBe('copy');
  expect(terminalChord(chord({ code: 'KeyV', ctrlKey: true, shiftKey: true }))).toBe('paste');
  expect(terminalChord(chord({ code: 'KeyF', ctrlKey: true, shiftKey: true }))).toBe('find');
});

test.each([
  chord({ key: 'ArrowRight', ctrlKey: true, altKey: true }),
  chord({ key: 'ArrowRight', ctrlKey: true, altKey: true, shiftKey: true }),
  chord({ key: 'r', code: 'KeyR', altKey: true }),
])('a shortcut of the page that does nothing in a terminal is not typed into it: %o', (event) =>
  expect(terminalChord(event)).toBe('stay'),
);

test('Ctrl V pastes, by letter and not by position', () =>
  expect(terminalChord(chord({ key: 'v', code: 'KeyV', ctrlKey: true }))).toBe('paste'));

test.each([
  chord({ code: 'KeyC', ctrlKey: true }),
  chord({ key: 'Tab' }),
  chord({ key: 'Escape' }),
  chord({ key: 'F6' }),
  chord({ key: 'ArrowLeft', ctrlKey: true }),
  chord({ key: 'ArrowRight', ctrlKey: true }),
  chord({ key: 'b', code: 'KeyB', altKey: true }),
  chord({ key: 'r', code: 'KeyR', ctrlKey: true }),
])('the program gets %o', (event) => expect(terminalChord(event)).toBeUndefined());

test.each([
  [{ key: 'Enter' }, 'again'],
  [{ key: 'Tab' }, 'move-on'],
  [{ key: 'Tab', shiftKey: true }, 'move-on'],
  [{ key: 'PageUp', shiftKey: true }, 'rest'],
  [{ key: 'Enter', altKey: true }, 'rest'],
  [{ key: 'a' }, 'rest'],
] as const)('where the shell has ended, %o means %s', (part, meaning) => expect(endedKey(chord(part))).toBe(meaning));
