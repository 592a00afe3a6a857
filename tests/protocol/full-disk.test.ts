// A full state disk, and ends that fail: nothing takes effect that could not be stored, and everything completes later.
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SessionView } from '../../server/protocol/messages.ts';
import { createEchoEngine } from '../../server/machines/echo/echo-engine.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { until, type TestLabServer } from '../support/test-lab-server.ts';
import { startSession } from '../support/test-reader.ts';
import { serverPerTest } from './support/server-per-test.ts';

const serve = serverPerTest();
const disk = { isFull: false };
/** More than the 30 s after which a start or an end that failed is tried again. */
const takenUpMs = 31_000;

beforeEach(() => {
  disk.isFull = false;
  const { prepare } = DatabaseSync.prototype;
  vi.spyOn(DatabaseSync.prototype, 'prepare').mockImplementation(function (this: DatabaseSync, statement: string) {
    // With SQLite's own number and message.
    if (disk.isFull && !statement.startsWith('SELECT'))
      throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
    return prepare.call(this, statement);
  });
});

afterEach(() => {
  disk.isFull = false;
  vi.restoreAllMocks();
});

const get = (reader: LabReader, id: string) => reader.call<SessionView>('GET', `/api/sessions/${id}`);
const inState = (reader: LabReader, id: string, state: SessionView['state']) =>
  until(
    () => get(reader, id),
    (view) => view.state === state,
  );

interface Health {
  status: string;
  sessions: number;
  problems: string[];
}
const health = async ({ url }: TestLabServer) => (await (await fetch(`${url}/health`)).json()) as Health;

test('a start is refused and does not happen later; /health says why as long as the disk is full', async () => {
  const server = await serve();
  const { reader, session } = await startSession(server.url);
  disk.isFull = true;
  const late = new LabReader(server.url);
  const refused = /507 LAB_ERR_DISK_FULL.*state\.sqlite.*make room/;
  await expect(late.call('POST', '/api/sessions', { lab: 'test-lab' })).rejects.toThrow(refused);
  expect(await health(server)).toMatchObject({
    status: 'degraded',
    problems: [expect.stringContaining('state.sqlite cannot be written')],
  });
  // A reader who asks for more than there is room for loses nothing either.
  await expect(reader.call('POST', `/api/sessions/${session.id}/reset`, {})).rejects.toThrow(refused);
  await expect(reader.call('POST', `/api/sessions/${session.id}/terminals`, { machine: 'box' })).rejects.toThrow(
    refused,
  );
  expect(await get(reader, session.id)).toMatchObject({ state: 'ready', terminals: [{ number: 1 }] });
  disk.isFull = false;
  await until(
    () => health(server),
    ({ status }) => status === 'ok',
  );
  expect(await late.call('GET', '/api/sessions')).toEqual([]);
  expect(await server.engine.list()).toEqual([session.id]);
});

test('an end removes the sandbox all the same, and is stored once there is room', async () => {
  const ahead = { ms: 0 };
  const server = await serve({ ahead });
  const { reader, session } = await startSession(server.url);
  disk.isFull = true;
  await expect(reader.call('DELETE', `/api/sessions/${session.id}`)).rejects.toThrow(/507 LAB_ERR_DISK_FULL/);
  expect(await server.engine.list()).toEqual([]);
  await until(
    () => health(server),
    ({ problems }) => problems.some((problem) => problem.includes(session.id)),
  );
  disk.isFull = false;
  ahead.ms += takenUpMs;
  expect(await inState(reader, session.id, 'ended')).toMatchObject({ reason: 'by-reader' });
  await until(
    () => health(server),
    ({ status, sessions }) => status === 'ok' && sessions === 0,
  );
});

test('the recorded reason for an end is the first one, whatever ends the session once there is room', async () => {
  const server = await serve();
  const { reader, session } = await startSession(server.url);
  disk.isFull = true;
  await expect(reader.call('DELETE', `/api/sessions/${session.id}`)).rejects.toThrow(/507 LAB_ERR_DISK_FULL/);
  disk.isFull = false;
  await reader.call('POST', `/api/sessions/${session.id}/reset`, {});
  expect(await inState(reader, session.id, 'ended')).toMatchObject({ reason: 'by-reader' });
});

test('a session that cannot be stored as ready keeps its state, and becomes ready later', async () => {
  const ahead = { ms: 0 };
  const gate = Promise.withResolvers<void>();
  const server = await serve({ ahead, faults: { whenStarting: () => gate.promise } });
  const reader = new LabReader(server.url);
  const { id } = await reader.call<SessionView>('POST', '/api/sessions', { lab: 'test-lab' });
  await inState(reader, id, 'starting');
  disk.isFull = true;
  gate.resolve();
  await until(
    () => health(server),
    ({ problems }) => problems.some((problem) => problem.includes(id)),
  );
  expect((await get(reader, id)).state).toBe('starting');
  disk.isFull = false;
  ahead.ms += takenUpMs;
  expect(await inState(reader, id, 'ready')).toMatchObject({ terminals: [{ number: 1, state: 'running' }] });
  expect(await server.engine.list()).toEqual([id]);
});

test('a sandbox that cannot be removed keeps its seat, holds up no other, and is ended as soon as possible', async () => {
  const ahead = { ms: 0 };
  const engine = createEchoEngine();
  const server = await serve({ ahead, engine });
  const [first, second] = [await startSession(server.url), await startSession(server.url)];
  const stop = engine.stop.bind(engine);
  const isStuck = { now: true };
  vi.spyOn(engine, 'stop').mockImplementation((id) =>
    isStuck.now && id === first.session.id ? Promise.reject(new Error('umount: target is busy')) : stop(id),
  );
  // Both are idle in the same round, and the first one fails.
  ahead.ms += 45_000;
  await get(first.reader, first.session.id);
  ahead.ms += 20_000;
  expect(await inState(second.reader, second.session.id, 'ended')).toMatchObject({ reason: 'idle' });
  await inState(first.reader, first.session.id, 'ending');
  const told = await until(
    () => health(server),
    ({ problems }) => problems.length > 0,
  );
  expect(told).toMatchObject({ sessions: 1, problems: [expect.stringContaining(first.session.id)] });
  isStuck.now = false;
  ahead.ms += takenUpMs;
  expect(await inState(first.reader, first.session.id, 'ended')).toMatchObject({ reason: 'idle' });
  expect(await engine.list()).toEqual([]);
});
