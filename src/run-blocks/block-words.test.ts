// Which of the server's reports about a run are new: after a reconnection the server sends all of them again.
import { expect, test } from 'vitest';
import type { BlockRun } from '../../server/protocol/messages.ts';
import { isNewsOfRun } from './block-words.ts';

const run: BlockRun = { block: 'b', terminal: 1, state: 'running', startedAt: 5 };

test('the first report', () => expect(isNewsOfRun(run, undefined)).toBe(true));
test('the same report again', () => expect(isNewsOfRun({ ...run }, run)).toBe(false));
test.each<Partial<BlockRun>>([{ state: 'done' }, { startedAt: 6 }, { exitStatus: 1 }])('with %j', (part) =>
  expect(isNewsOfRun({ ...run, ...part }, run)).toBe(true),
);
