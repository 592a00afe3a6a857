// What a screen reader is told about a terminal: each line once, nothing that it has spoken by itself, and not without limit.
import { Terminal } from '@xterm/headless';
import { expect, test, vi } from 'vitest';
import { OutputTeller } from './output-teller.ts';

function told(isHeard = true) {
  const terminal = new Terminal({ allowProposedApi: true, cols: 40, rows: 10 });
  const heard: string[] = [];
  const state = { isHeard, isAtPrompt: false };
  const hooks = {
    tell: (words: string) => void heard.push(...words.split('\n')),
    isHeard: () => state.isHeard,
    isAtPrompt: () => state.isAtPrompt,
    tooMuch: 'too much',
    ended: () => 'ended',
  };
  const life = new AbortController();
  const teller = new OutputTeller(terminal, hooks, life.signal);
  const write = (data: string) => new Promise<void>((done) => terminal.write(data, done));
  return { terminal, heard, state, write, teller, stop: () => life.abort() };
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}\r\n`).join('');

test('output is announced line by line, and nothing twice', async () => {
  const { heard, write } = told();
  await write('root# ');
  await vi.waitFor(() => expect(heard).toEqual(['root#']));
  await write('\r\none\r\ntwo\r\n');
  await vi.waitFor(() => expect(heard).toEqual(['root#', 'one', 'two']));
  await write('three\r\nroot# ');
  await vi.waitFor(() => expect(heard).toEqual(['root#', 'one', 'two', 'three', 'root#']));
});

test('what was typed is not announced again, but what completes it is', async () => {
  const { terminal, heard, write } = told();
  await write('root# ');
  await vi.waitFor(() => expect(heard).toHaveLength(1));
  terminal.input('i');
  terminal.input('d');
  await write('id');
  terminal.input('\r');
  await write('\r\nuid=0\r\nroot# ');
  await vi.waitFor(() => expect(heard).toEqual(['root#', 'uid=0', 'root#']));
  terminal.input('c');
  await write('cat notes.txt');
  await vi.waitFor(() => expect(heard.at(-1)).toBe('cat notes.txt'));
});

test('a line that is wrapped on the screen is announced as one line', async () => {
  const { heard, write } = told();
  await write(`${'word '.repeat(12)}end\r\n`);
  await vi.waitFor(() => expect(heard).toEqual([`${'word '.repeat(12)}end`]));
});

test('twenty lines of a command are announced, then that there is more; at its end its last lines, and the next command again', async () => {
  const { heard, state, write } = told();
  await write(numbers(1, 15));
  await vi.waitFor(() => expect(heard).toHaveLength(15));
  await write(numbers(16, 300));
  await vi.waitFor(() => expect(heard.slice(-2)).toEqual(['line 20', 'too much']));
  await write(numbers(301, 320));
  state.isAtPrompt = true;
  await write('root# ');
  await vi.waitFor(() =>
    expect(heard.slice(21)).toEqual(['ended', 'line 317', 'line 318', 'line 319', 'line 320', 'root#']),
  );
  await write('\r\nnext\r\n');
  await vi.waitFor(() => expect(heard.at(-1)).toBe('next'));
});

test('the end is announced also when the prompt comes with the output, and when it comes later', async () => {
  const { terminal, heard, state, write } = told();
  terminal.input('\r');
  state.isAtPrompt = true;
  await write(`\r\n${numbers(1, 40)}root# `);
  const end = ['ended', 'line 37', 'line 38', 'line 39', 'line 40', 'root#'];
  await vi.waitFor(() => expect(heard.slice(19)).toEqual(['line 20', 'too much', ...end]));
  terminal.input('\r');
  state.isAtPrompt = false;
  await write(`\r\n${numbers(1, 30)}root# `);
  await vi.waitFor(() => expect(heard.at(-1)).toBe('too much'));
  state.isAtPrompt = true;
  // Only the mode of the prompt, without a character.
  await write('\x1b[?2004h');
  await vi.waitFor(() => expect(heard.at(-1)).toBe('root#'));
  expect(heard.at(-6)).toBe('ended');
});

test('of a command that was heard in full, nothing is repeated', async () => {
  const { heard, state, write } = told();
  state.isAtPrompt = true;
  await write(`${numbers(1, 19)}root# `);
  await vi.waitFor(() => expect(heard).toHaveLength(20));
  expect(heard).not.toContain('ended');
});

test('a replay is not announced, not even later', async () => {
  const { heard, state, write } = told(false);
  await write(numbers(1, 5));
  state.isHeard = true;
  await write('new\r\n');
  await vi.waitFor(() => expect(heard).toEqual(['new']));
});

test('a replay that ends before the terminal reports what was parsed is not announced either', async () => {
  const { terminal, heard, state, teller, write } = told(false);
  await new Promise<void>((done) =>
    terminal.write(`${numbers(1, 5)}root# `, () => {
      state.isHeard = true;
      teller.skip();
      done();
    }),
  );
  await write('\r\nnew\r\n');
  await vi.waitFor(() => expect(heard).toEqual(['new']));
});

test('after the screen was cleared, the line with the cursor is announced', async () => {
  const { heard, write } = told();
  await write(`${numbers(1, 8)}root# `);
  await vi.waitFor(() => expect(heard).toHaveLength(9));
  await write('\x1b[H\x1b[2Jfresh# ');
  await vi.waitFor(() => expect(heard.at(-1)).toBe('fresh#'));
});
