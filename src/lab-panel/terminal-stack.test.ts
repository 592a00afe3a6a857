// *Open again* in place of a shell that has ended: a refusal by the server reaches the reader.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { driven, drivenDocument } from '../page/driven-document.ts';
import { ApiError } from '../session/lab-api.ts';
import type { LabSession } from '../session/lab-session.ts';
import { TerminalStack } from './terminal-stack.ts';

const ended = { number: 1, machine: 'w', title: 'w 1', kind: 'shell', state: 'exited', exitCode: 0 } as const;

beforeEach(() => void vi.stubGlobal('document', drivenDocument()));
afterEach(() => void vi.unstubAllGlobals());

function stackOf(openTerminal: () => Promise<number>) {
  const closed: number[] = [];
  const session = { openTerminal, closeTerminal: async (number: number) => void closed.push(number) };
  const attempted: Promise<unknown>[] = [];
  const listener = {} as ConstructorParameters<typeof TerminalStack>[1];
  const attempt = (action: Promise<unknown>) => void attempted.push(action);
  const stack = new TerminalStack(session as unknown as LabSession, listener, attempt, new AbortController().signal);
  // The terminal stays covered: this tests the line about the end, and draws no terminal.
  stack.cover(true);
  stack.show([ended]);
  const button = driven(stack.element)
    .all()
    .filter(({ name }) => name === 'button')
    .at(-1);
  button?.click();
  button?.click();
  return { attempted, closed };
}

test('a refusal is passed on, and the ended terminal stays', async () => {
  const refusal = new ApiError('LAB_ERR_TOO_MANY', 429, 'close one first');
  const { attempted, closed } = stackOf(() => Promise.reject(refusal));
  await expect(attempted[0]).rejects.toBe(refusal);
  expect(attempted).toHaveLength(1);
  expect(closed).toEqual([]);
});

test('the new terminal takes the place of the ended one; pressed twice, only one is opened', async () => {
  const { attempted, closed } = stackOf(() => Promise.resolve(2));
  await Promise.all(attempted);
  expect(closed).toEqual([1]);
});
