// Checks wait for the commands of their step and for one another, even for checks of another page.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BlockRun } from '../../server/protocol/messages.ts';
import { ApiError } from '../session/lab-api.ts';
import { SessionEmitter } from '../session/session-events.ts';
import { askInTurn, isStepBusy, TurnQueue, untilStepIdle } from './check-turn.ts';

const run: BlockRun = { block: 'build/a#one', terminal: 1, state: 'running', startedAt: 0 };
const never = new AbortController().signal;

function stepAndSession(first: BlockRun | undefined) {
  const events = new SessionEmitter();
  let now = first;
  const actions: { isActive: boolean }[] = [];
  const step = Object.assign(new EventTarget(), {
    dataset: {},
    querySelectorAll: (name: string) => (name === 'lab-run' ? [{ dataset: { block: 'build/a#one' } }] : actions),
  }) as unknown as HTMLElement;
  const session = { block: () => now, on: events.on.bind(events) };
  const become = (next: BlockRun) => {
    now = next;
    events.emit('block', next);
  };
  return { step, session, become, actions, events };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('one after the other, even after one that failed', async () => {
  const queue = new TurnQueue();
  const done: string[] = [];
  let release = () => undefined as void;
  const first = queue.take(() => new Promise<void>((resolve) => (release = resolve)).then(() => void done.push('one')));
  const second = queue.take(() => Promise.reject(new Error('two')));
  second.catch(() => undefined);
  const third = queue.take(() => Promise.resolve(done.push('three')));
  expect(queue.isTaken).toBe(true);
  await Promise.resolve();
  expect(done).toEqual([]);
  release();
  await expect(second).rejects.toThrow('two');
  await Promise.all([first, third]);
  expect(done).toEqual(['one', 'three']);
  await vi.waitFor(() => expect(queue.isTaken).toBe(false));
});

test('a step is busy while a block, an action, or the whole step runs', () => {
  const { step, session, become, actions } = stepAndSession(run);
  expect(isStepBusy(step, session)).toBe(true);
  become({ ...run, state: 'done' });
  expect(isStepBusy(step, session)).toBe(false);
  actions.push({ isActive: true });
  expect(isStepBusy(step, session)).toBe(true);
  actions.pop();
  step.dataset['running'] = '';
  expect(isStepBusy(step, session)).toBe(true);
  expect(isStepBusy(null, session)).toBe(false);
});

test('waits for the end of the block, but not longer than the limit, nor beyond a reset', async () => {
  const one = stepAndSession(run);
  const idle = untilStepIdle(one.step, one.session, never);
  one.become({ ...run, state: 'done' });
  await expect(idle).resolves.toBeUndefined();
  const two = stepAndSession(run);
  const press = new AbortController();
  const skipped = untilStepIdle(two.step, two.session, press.signal);
  press.abort();
  await expect(skipped).resolves.toBeUndefined();
  const three = stepAndSession(run);
  const cleared = untilStepIdle(three.step, three.session, never);
  three.events.emit('cleared', { step: undefined });
  await expect(cleared).resolves.toBeUndefined();
});

test('asks again while another page is checking, and passes on every other refusal', async () => {
  const answers = [new ApiError('LAB_ERR_BUSY', 409, 'busy'), new ApiError('LAB_ERR_BUSY', 409, 'busy')];
  const asked = askInTurn(() => {
    const refusal = answers.shift();
    return refusal === undefined ? Promise.resolve('passed') : Promise.reject(refusal);
  });
  await vi.advanceTimersByTimeAsync(1_000);
  await expect(asked).resolves.toBe('passed');
  const other = new ApiError('LAB_ERR_EXEC', 503, 'no');
  await expect(askInTurn(() => Promise.reject(other))).rejects.toBe(other);
});
