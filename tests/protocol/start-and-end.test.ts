// Start and end of one sandbox do not overlap: an end in the middle of a start, a start that waits, a seat that is held.
import { expect, test, vi } from 'vitest';
import type { SessionView } from '../../server/protocol/messages.ts';
import { createEchoEngine } from '../../server/machines/echo/echo-engine.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { until } from '../support/test-lab-server.ts';
import { serverPerTest } from './support/server-per-test.ts';

const serve = serverPerTest();

const start = (reader: LabReader) => reader.call<SessionView>('POST', '/api/sessions', { lab: 'test-lab' });
const get = (reader: LabReader, id: string) => reader.call<SessionView>('GET', `/api/sessions/${id}`);
const end = (reader: LabReader, id: string) => reader.call<SessionView>('DELETE', `/api/sessions/${id}`);
const inState = (reader: LabReader, id: string, state: SessionView['state']) =>
  until(
    () => get(reader, id),
    (view) => view.state === state,
  );

/** An engine whose first start waits until it is released, and that records what happens in which order. */
function slowEngine() {
  const gate = Promise.withResolvers<void>();
  const order: string[] = [];
  const signals: AbortSignal[] = [];
  const engine = createEchoEngine({ whenStarting: () => (signals.length > 1 ? Promise.resolve() : gate.promise) });
  const [begin, stop] = [engine.start.bind(engine), engine.stop.bind(engine)];
  vi.spyOn(engine, 'start').mockImplementation(async (spec, signal) => {
    signals.push(signal);
    order.push(`start ${spec.id}`);
    await begin(spec, signal).finally(() => order.push(`started ${spec.id}`));
  });
  vi.spyOn(engine, 'stop').mockImplementation(async (id) => {
    order.push(`stop ${id}`);
    await stop(id);
  });
  return { engine, order, signals, letGo: gate.resolve };
}

test('an end in the middle of a start aborts it, waits for it, and keeps the seat until nothing is left', async () => {
  const { engine, order, signals, letGo } = slowEngine();
  const { url } = await serve({ engine, flags: ['--seats', '1'] });
  const [first, second] = [new LabReader(url), new LabReader(url)];
  const { id } = await start(first);
  await until(
    () => signals.length,
    (count) => count === 1,
  );
  const waiting = await start(second);
  const ended = end(first, id);
  await inState(first, id, 'ending');
  expect(signals[0]?.aborted).toBe(true);
  // The engine is still starting: nothing is removed meanwhile, and nobody gets the seat.
  expect(order).toEqual([`start ${id}`]);
  expect((await get(second, waiting.id)).state).toBe('queued');
  letGo();
  expect(await ended).toMatchObject({ state: 'ended', reason: 'by-reader' });
  await inState(second, waiting.id, 'ready');
  expect(order.indexOf(`stop ${id}`)).toBeGreaterThan(order.indexOf(`started ${id}`));
  expect(order.lastIndexOf(`stop ${id}`)).toBeLessThan(order.indexOf(`start ${waiting.id}`));
  expect(await engine.list()).toEqual([waiting.id]);
});

test('ending a session twice waits for the same end; a session that waits for a seat has nothing to remove', async () => {
  const { engine, order, letGo } = slowEngine();
  letGo();
  const { url } = await serve({ engine, flags: ['--seats', '1'] });
  const [first, second] = [new LabReader(url), new LabReader(url)];
  const { id } = await start(first);
  await inState(first, id, 'ready');
  const waiting = await start(second);
  expect(await end(second, waiting.id)).toMatchObject({ state: 'ended', reason: 'by-reader' });
  const both = await Promise.all([end(first, id), end(first, id)]);
  expect(both.map(({ state }) => state)).toEqual(['ended', 'ended']);
  expect(order.filter((what) => what.startsWith('stop'))).toEqual([`stop ${id}`]);
});

test('reset in the middle of a start: the new one has the seat, the old one is removed when its start is over', async () => {
  const { engine, signals, letGo } = slowEngine();
  const { url } = await serve({ engine, flags: ['--seats', '1'] });
  const reader = new LabReader(url);
  const { id } = await start(reader);
  await until(
    () => signals.length,
    (count) => count === 1,
  );
  const next = await reader.call<SessionView>('POST', `/api/sessions/${id}/reset`, {});
  await until(
    () => signals.length,
    (count) => count === 2,
  );
  letGo();
  await inState(reader, next.id, 'ready');
  expect(await inState(reader, id, 'ended')).toMatchObject({ reason: 'reset' });
  expect(await engine.list()).toEqual([next.id]);
});
