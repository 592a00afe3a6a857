// `until` means the same for run blocks and actions: texts in order, ignoring white space, however the text is cut.
import { expect, test } from 'vitest';
import { TextSequence } from './text-sequence.ts';

const fed = (text: string, ...pieces: string[]) => {
  const sequence = new TextSequence(text);
  return pieces.map((piece) => sequence.feed(piece));
};

test('finds a text across pieces and wrapped lines', () =>
  expect(fed('Please enter', 'Plea', 'se\r\nen', 'ter')).toEqual([false, false, true]));

test('finds texts only in order: the prompt before the boot does not count', () => {
  const booted = ['root@desktop:~# ', 'Boo', 'ting Debian', 'root@', 'desktop:~# '];
  expect(fed('Booting … root@desktop', ...booted)).toEqual([false, false, false, false, true]);
  expect(fed('a … b', 'xaxb')).toEqual([true]);
  expect(fed('a … b', 'ba')).toEqual([false]);
});

test('a found letter is not kept, or it would be found twice', () =>
  expect(fed('a … a', 'a', 'b', 'a')[1]).toBe(false));

test('what has been found stays found', () => expect(fed('a', 'a', 'b')).toEqual([true, true]));
