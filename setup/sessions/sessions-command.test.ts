// What npm run sessions understands, and how it refuses everything else.
import { expect, test } from 'vitest';
import { readSessionsCommand } from './sessions-command.ts';

test.each([
  ['', { isJson: false, settings: [] }],
  ['--json', { isJson: true, settings: [] }],
  ['--state-dir /srv/labs --json', { isJson: true, settings: ['--state-dir', '/srv/labs'] }],
  ['end ab12', { end: ['ab12'], isJson: false, settings: [] }],
  ['end ab12 cd34 --state-dir=/srv', { end: ['ab12', 'cd34'], isJson: false, settings: ['--state-dir=/srv'] }],
  ['end --all --state-dir /srv', { end: 'all', isJson: false, settings: ['--state-dir', '/srv'] }],
])('“%s”', (line, command) => {
  expect(readSessionsCommand(line.split(' ').filter((word) => word !== ''))).toEqual(command);
});

test.each([
  ['end', 'found no ID, expected one or more, or --all'],
  ['end ab12 --all', 'found --all and IDs, expected one of them'],
  ['end ../x', 'found the ID “../x”, expected one of the list'],
  ['end ab12 --json', 'found --json, expected it only without end'],
  ['--all', 'found --all, expected end --all'],
  ['stop ab12', 'found “stop”, expected end or nothing'],
])('“%s” is refused', (line, sentence) => {
  expect(readSessionsCommand(line.split(' '))).toBe(sentence);
});
