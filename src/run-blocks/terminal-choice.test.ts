// The active terminal first, then an idle one, then the first.
import { expect, test } from 'vitest';
import type { BlockRun, TerminalView } from '../../server/protocol/messages.ts';
import { terminalsFor } from './terminal-choice.ts';

const terminal = (number: number, part: Partial<TerminalView> = {}): TerminalView => ({
  number,
  machine: 'workstation',
  title: 'w',
  kind: 'shell',
  state: 'running',
  ...part,
});
const running = (number: number): BlockRun => ({ block: 'b', terminal: number, state: 'running', startedAt: 0 });
const all = [terminal(1), terminal(2), terminal(3, { machine: 'server' }), terminal(4, { state: 'exited' })];

test('the active one when it is idle', () => expect(terminalsFor('workstation', all, [], 2)).toEqual([2, 1]));
test('another idle one when the active one is busy', () =>
  expect(terminalsFor('workstation', all, [running(1)], 1)).toEqual([2, 1]));
test('the first when all are busy', () =>
  expect(terminalsFor('workstation', all, [running(1), running(2)], 9)).toEqual([1, 2]));
test('never another machine, never an ended shell', () => expect(terminalsFor('server', all, [], 1)).toEqual([3]));
test('none when the machine has none', () => expect(terminalsFor('router', all, [], 1)).toEqual([]));
test('a virtual machine’s serial console and no login beside it', () => {
  const vm = [terminal(1, { kind: 'serial' }), terminal(2)];
  expect(terminalsFor('workstation', vm, [], 2)).toEqual([1]);
});
