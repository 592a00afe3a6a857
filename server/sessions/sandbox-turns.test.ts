import { expect, test } from 'vitest';
import { SandboxTurns } from './sandbox-turns.ts';

test('one operation after the other for each sandbox, without waiting for other sandboxes', async () => {
  const turns = new SandboxTurns();
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.run('one', async () => {
    await gate.promise;
    order.push('first');
  });
  const second = turns.run('one', async () => void order.push('second'));
  await turns.run('other', async () => void order.push('other'));
  expect(order).toEqual(['other']);
  gate.resolve();
  await Promise.all([first, second]);
  expect(order).toEqual(['other', 'first', 'second']);
  expect(turns.isBusy('one')).toBe(false);
});

test('an end aborts the running start and those that wait, and begins when they are over', async () => {
  const turns = new SandboxTurns();
  const order: string[] = [];
  const begun = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const cleaned = Promise.withResolvers<void>();
  const start = turns.run('one', async (signal) => {
    signal.addEventListener('abort', () => aborted.resolve());
    begun.resolve();
    await aborted.promise;
    await cleaned.promise;
    order.push('start is over');
    signal.throwIfAborted();
  });
  const waiting = turns.run('one', async () => void order.push('never'));
  await begun.promise;
  // Both are refused before anybody asks.
  const refused = Promise.all([start, waiting].map((work) => expect(work).rejects.toThrow('ended')));
  const end = turns.endAll('one', new Error('ended'), async () => void order.push('end'));
  await aborted.promise;
  expect(order).toEqual([]);
  cleaned.resolve();
  await refused;
  await end;
  expect(order).toEqual(['start is over', 'end']);
});

test('the wait for an operation that hangs and ignores the abort ends', async () => {
  const turns = new SandboxTurns(20);
  const hangs = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const start = turns.run('one', () => {
    begun.resolve();
    return hangs.promise;
  });
  await begun.promise;
  await turns.endAll('one', new Error('ended'), () => Promise.resolve());
  hangs.resolve();
  await start;
  expect(turns.isBusy('one')).toBe(false);
});

test('a failure does not affect the next operation', async () => {
  const turns = new SandboxTurns();
  const first = turns.run('one', () => Promise.reject(new Error('no memory')));
  const second = turns.run('one', () => Promise.resolve('second'));
  await expect(first).rejects.toThrow('no memory');
  expect(await second).toBe('second');
});
