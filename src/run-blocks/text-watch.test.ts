// A text is found whatever the program draws around it, but only in new output.
import { expect, test } from 'vitest';
import { TextWatch } from './text-watch.ts';

const output = (text: string, offset = 0) =>
  ({ type: 'output', terminal: 1, offset, bytes: new TextEncoder().encode(text) }) as const;

test('plain', () => expect(new TextWatch('Please enter').take(output('\r\nPlease enter passphrase: '))).toBe(true));
test('not there', () => expect(new TextWatch('Please enter').take(output('Please wait'))).toBe(false));
test('wrapped at the end of the line', () =>
  expect(new TextWatch('Please enter').take(output('Please \r\nenter'))).toBe(true));
test('texts in order: the prompt before the boot does not count', () => {
  const watch = new TextWatch('Booting … root@desktop');
  expect(watch.take(output('root@desktop:~# reboot\r\n'))).toBe(false);
  expect(watch.take(output('\u001b[2J  Booting `Debian GNU/Linux\u0027\r\n', 24))).toBe(false);
  expect(watch.take(output('root@\u001b[1mdesk\r\ntop:~# ', 60))).toBe(true);
});
test('with colours, a title and a character set', () =>
  expect(
    new TextWatch('Please enter').take(output('\u001b[1;33mPlease\u001b]0;a title\u0007 \u001b(Ben\u001b[0mter')),
  ).toBe(true));
test('in two pieces, one of them inside an escape sequence and a letter', () => {
  const watch = new TextWatch('für Sie');
  const bytes = new TextEncoder().encode('f\u001b[31mür Sie');
  const pieces = [bytes.subarray(0, 3), bytes.subarray(3, 7), bytes.subarray(7)];
  let offset = 0;
  const seen = pieces.map((piece) => {
    const isSeen = watch.take({ type: 'output', terminal: 1, offset, bytes: piece });
    offset += piece.length;
    return isSeen;
  });
  expect(seen).toEqual([false, false, true]);
});
test('output that is sent again does not count', () => {
  const watch = new TextWatch('login:');
  expect(watch.take(output('abc', 100))).toBe(false);
  expect(watch.take(output('login: abc', 93))).toBe(false);
  expect(watch.take(output(' login:', 103))).toBe(true);
});
test('a whole screen does not count', () => {
  const screen = new TextEncoder().encode('login:');
  const watch = new TextWatch('login:');
  expect(watch.take({ type: 'snapshot', terminal: 1, offset: 50, columns: 80, rows: 24, screen })).toBe(false);
  expect(watch.take(output('login:', 44))).toBe(false);
  expect(watch.take(output('login:', 50))).toBe(true);
});
