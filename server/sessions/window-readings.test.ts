// Readings that nobody asked for: one at a time, after any starts that readers wait for, but without waiting for ever.
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Engine } from '../machines/engine.ts';
import type { TerminalEvent, TerminalService } from '../terminals/terminal-service.ts';
import type { SessionBook } from './session-book.ts';
import type { SessionRecord } from './session-record.ts';
import { StartSlots } from './start-slots.ts';
import { WindowReadings } from './window-readings.ts';

const pauseMs = 2_500;
const longestTurnMs = 5_000;
const longestWaitMs = 30_000;

// Replaces the library's delay with one on the test's fake timers.
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
}));

/** By session. */
let entries: Map<string, { pages: number; record: Pick<SessionRecord, 'state'> }>;
let vms: ReturnType<Engine['vms']>;
let slots: StartSlots;
let readings: WindowReadings;
let tell: (event: TerminalEvent) => void;
/** Readings that have begun, as `session/machine`, each with the function by which the test ends it. */
let begun: { name: string; gate: PromiseWithResolvers<void> }[];

beforeEach(() => {
  vi.useFakeTimers();
  entries = new Map(['a', 'b', 'c'].map((id) => [id, { pages: 1, record: { state: 'ready' } }]));
  vms = { desktop: { power: 'on', phase: 'ready' } } as unknown as ReturnType<Engine['vms']>;
  slots = new StartSlots(1);
  begun = [];
  const engine = {
    vms: () => vms,
    readWindow: (session: string, machine: string) => {
      const gate = Promise.withResolvers<void>();
      begun.push({ name: `${session}/${machine}`, gate });
      return gate.promise;
    },
  } as unknown as Engine;
  readings = new WindowReadings({
    book: {
      find: (id: string) => entries.get(id),
      starting: () => [...entries.values()].filter(({ record }) => record.state === 'starting'),
    } as unknown as SessionBook,
    engine,
    terminals: { onEvent: (listener: typeof tell) => (tell = listener) } as unknown as TerminalService,
    slots,
    log: pino({ level: 'silent' }),
  });
});
afterEach(() => {
  readings.close();
  vi.useRealTimers();
});

const names = () => begun.map(({ name }) => name);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
/** Ends the reading that began last. */
async function end(failure?: Error): Promise<void> {
  const gate = begun.at(-1)?.gate;
  if (failure === undefined) gate?.resolve();
  else gate?.reject(failure);
  await pass(0);
}

test('one at a time, in the order in which they came; one that fails makes room as well', async () => {
  for (const session of ['a', 'b', 'c']) readings.soon(session);
  await pass(pauseMs);
  expect(names()).toEqual(['a/desktop']);
  await end(new Error('no answer'));
  expect(names()).toEqual(['a/desktop', 'b/desktop']);
  await end();
  expect(names()).toEqual(['a/desktop', 'b/desktop', 'c/desktop']);
});

test('changes in quick succession cause one reading, once they have stopped', async () => {
  const run = { type: 'block', session: 'a', run: { state: 'done' } } as TerminalEvent;
  tell(run);
  await pass(pauseMs - 100);
  tell(run);
  await pass(pauseMs - 100);
  expect(names()).toEqual([]);
  await pass(100);
  expect(names()).toEqual(['a/desktop']);
});

test('a start that waits for a slot goes before a reading that waits for one', async () => {
  const order: string[] = [];
  const [running, started] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = slots.run(true, () => running.promise);
  readings.soon('a');
  await pass(pauseMs);
  const second = slots.run(true, () => {
    order.push(`start before ${names().length} readings`);
    return started.promise;
  });
  running.resolve();
  await first;
  await pass(0);
  expect(order).toEqual(['start before 0 readings']);
  expect(names()).toEqual([]);
  started.resolve();
  await second;
  await pass(0);
  expect(names()).toEqual(['a/desktop']);
});

test('a guest that never answers holds up the next reading, and a start, for 5 s at most', async () => {
  readings.soon('a');
  readings.soon('b');
  await pass(pauseMs);
  const start = vi.fn(() => Promise.resolve());
  const started = slots.run(true, start);
  await pass(longestTurnMs - 1);
  expect(names()).toEqual(['a/desktop']);
  expect(start).not.toHaveBeenCalled();
  await pass(1);
  await started;
  expect(start).toHaveBeenCalledOnce();
  await pass(0);
  expect(names()).toEqual(['a/desktop', 'b/desktop']);
});

test('without a page, with its machine off, or after its end nothing of a session is read', async () => {
  entries.get('a')!.pages = 0;
  entries.delete('b');
  for (const session of ['a', 'b']) readings.soon(session);
  await pass(pauseMs);
  vms = { desktop: { power: 'off' } } as unknown as typeof vms;
  readings.soon('c');
  await pass(pauseMs);
  expect(names()).toEqual([]);
});

test('a session that ended while it waited for its turn is skipped', async () => {
  for (const session of ['a', 'b', 'c']) readings.soon(session);
  await pass(pauseMs);
  entries.get('b')!.record.state = 'ending';
  await end();
  expect(names()).toEqual(['a/desktop', 'c/desktop']);
});

test('a session that is still starting is tried again', async () => {
  entries.get('a')!.record.state = 'starting';
  readings.soon('a');
  await pass(pauseMs);
  entries.get('a')!.record.state = 'ready';
  expect(names()).toEqual([]);
  await pass(pauseMs);
  expect(names()).toEqual(['a/desktop']);
});

test('while another session starts, a reading waits, but not for ever', async () => {
  entries.get('b')!.record.state = 'starting';
  readings.soon('a');
  await pass(pauseMs);
  expect(names()).toEqual([]);
  entries.get('b')!.record.state = 'ready';
  await pass(pauseMs);
  expect(names()).toEqual(['a/desktop']);
  await end();
  entries.get('b')!.record.state = 'starting';
  readings.soon('a');
  await pass(longestWaitMs - pauseMs);
  expect(names()).toEqual(['a/desktop']);
  await pass(2 * pauseMs);
  expect(names()).toEqual(['a/desktop', 'a/desktop']);
});

test('nothing is read after the close, not even what was waiting for its turn', async () => {
  for (const session of ['a', 'b']) readings.soon(session);
  await pass(pauseMs);
  readings.soon('c');
  readings.close();
  await end();
  await pass(pauseMs + longestTurnMs);
  expect(names()).toEqual(['a/desktop']);
});
