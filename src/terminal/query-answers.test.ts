// Answers are recognised; keys, pastes and mouse reports are not.
import { expect, test } from 'vitest';
import { isQueryAnswer } from './query-answers.ts';

test.each([
  '\x1b[12;40R',
  '\x1b[?1;2c',
  '\x1b[>0;276;0c',
  '\x1b[0n',
  '\x1b]10;rgb:dbdb/e1e1/efef\x1b\\',
  '\x1b[?2026;2$y',
  '\x1b[I',
  '\x1b[O',
])('answer %j', (data) => expect(isQueryAnswer(data)).toBe(true));

test.each(['a', '\x1b', '\x1b[A', '\x1bOA', '\x1b[1;5C', '\x1b[200~text\x1b[201~', '\x1b[<0;3;4M', '\r', ''])(
  'no answer %j',
  (data) => expect(isQueryAnswer(data)).toBe(false),
);
