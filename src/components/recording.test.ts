// Recorded excerpts: title, note, lines with and without a prompt.
import { expect, test } from 'vitest';
import { readRecording } from './recording.ts';

test('separates prompts from what was typed', () => {
  expect(
    readRecording('Lab\nRecorded\n\nroot@workstation:~/os# podman push x\nSTEP 1: # not a prompt\n', 'a.txt'),
  ).toEqual({
    title: 'Lab',
    note: 'Recorded',
    lines: [
      { prompt: 'root@workstation:~/os# ', text: 'podman push x' },
      { prompt: '', text: 'STEP 1: # not a prompt' },
    ],
  });
});

test('refuses a file without a title and a note', () => {
  expect(() => readRecording('root@a:~# ls\n', 'a.txt')).toThrow('a.txt: expected a title, a note');
});
