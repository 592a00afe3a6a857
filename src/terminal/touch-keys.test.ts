// Bytes of the keys in the row, and of Ctrl with a character.
import { expect, test } from 'vitest';
import { touchKeyData, withControl } from './touch-keys.ts';

test('arrows follow the mode of the program', () => {
  expect(touchKeyData('up', { isApplicationCursor: false, isControl: false })).toBe('\x1b[A');
  expect(touchKeyData('up', { isApplicationCursor: true, isControl: false })).toBe('\x1bOA');
  expect(touchKeyData('left', { isApplicationCursor: true, isControl: true })).toBe('\x1b[1;5D');
});

test('Ctrl makes control characters of letters, in either case', () => {
  expect([
    withControl('c'),
    withControl('C'),
    withControl('['),
    withControl(' '),
    withControl('é'),
    withControl('ab'),
  ]).toEqual(['\x03', '\x03', '\x1b', '\x00', 'é', 'ab']);
});
