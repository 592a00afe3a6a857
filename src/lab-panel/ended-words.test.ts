// The message of a login that failed because of its machine names the machine.
import { expect, test, vi } from 'vitest';
import { endedWords } from './ended-words.ts';

vi.mock('../page/page-texts.ts', () => ({
  pageTexts: () => ({
    'lab.terminal.ended': 'ended with {status}',
    'lab.terminal.noLogin': 'No login: {why}.',
    'lab.machine.locked': '{machine} is waiting for its passphrase',
  }),
}));

const machine = (phase: 'unlock' | 'ready') => [
  { name: 'desktop', title: 'Desktop', vm: { power: 'on', phase, wantsTouch: false } as const },
];
const login = { machine: 'desktop', kind: 'shell', exitCode: 255 } as const;

test('a login to a locked machine', () =>
  expect(endedWords(login, machine('unlock'))).toBe('No login: Desktop is waiting for its passphrase.'));

test.each([
  [login, machine('ready'), 'ended with 255'],
  [{ ...login, exitCode: 1 }, machine('unlock'), 'ended with 1'],
  [{ ...login, machine: 'other' }, machine('unlock'), 'ended with 255'],
  [{ machine: 'desktop', kind: 'shell' } as const, machine('unlock'), 'ended with ?'],
])('%j is described as a program that ended', (terminal, machines, words) =>
  expect(endedWords(terminal, machines)).toBe(words),
);
