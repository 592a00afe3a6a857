import { describe, expect, it } from 'vitest';
import { isQueryAnswer } from './query-answers.ts';

describe('isQueryAnswer', () => {
  it.each([
    '\x1b[12;40R',
    '\x1b[?1;2c',
    '\x1b[>0;276;0c',
    '\x1b[0n',
    '\x1b[?2004;1$y',
    '\x1b]11;rgb:0000/0000/0000\x1b\\',
    '\x1bP1$r0m\x1b\\',
    '\x1b[I',
    '\x1b[1;1R\x1b[?1;2c',
  ])('takes %j for an answer', (text) => expect(isQueryAnswer(Buffer.from(text))).toBe(true));

  it.each(['', 'a', '\r', '\x1b', '\x1b[A', '\x1bOP', '\x1b[3~', '\x1b[200~echo\x1b[201~', '\x1b[0nls'])(
    'takes %j for keys',
    (text) => expect(isQueryAnswer(Buffer.from(text))).toBe(false),
  );
});
