// Sessions that start from named states: asked for, missing, reset, prepared ahead, while the lab is not ready yet.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { LabView, SessionView } from '../../server/protocol/messages.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { createEchoEngine } from '../../server/machines/echo/echo-engine.ts';
import type { Engine, LabMachines } from '../../server/machines/engine.ts';
import { startTestLabServer, until, type TestLabServer, type TestServerOptions } from '../support/test-lab-server.ts';

let server: TestLabServer | undefined;
const lab: LabMachines = { lab: 'test-lab', machines: [], diskMiB: 64 };

/** A server with one named state of the lab: a file in the machine's folder. */
async function serve(name: string, options: TestServerOptions = {}): Promise<{ url: string; engine: Engine }> {
  const engine = options.engine ?? createEchoEngine(options.faults);
  await engine.open();
  await saveState(engine, name);
  server = await startTestLabServer({ ...options, engine });
  return { url: server.url, engine };
}

async function saveState(engine: Engine, name: string): Promise<void> {
  const id = 'feedfeedfeedfeed';
  await engine.start({ ...lab, id, isForSaving: true }, new AbortController().signal);
  await engine.exec(id, { machine: 'box', argv: ['touch', 'done-before'], timeoutMs: 5_000, maxOutputBytes: 99 });
  await engine.saveState(id, lab, name, 'key');
  await engine.stop(id);
}

afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
});

const whenReady = (reader: LabReader, id: string) =>
  until(
    () => reader.call<SessionView>('GET', `/api/sessions/${id}`),
    ({ state }) => state === 'ready' || state === 'failed',
  );

async function startFrom(reader: LabReader, from?: string): Promise<SessionView> {
  const { id } = await reader.call<SessionView>('POST', '/api/sessions', { lab: 'test-lab', from });
  return whenReady(reader, id);
}

async function hasFile(engine: Engine, { id }: SessionView): Promise<boolean> {
  const { exitCode } = await engine.exec(id, {
    machine: 'box',
    argv: ['test', '-e', 'done-before'],
    timeoutMs: 5_000,
    maxOutputBytes: 99,
  });
  return exitCode === 0;
}

test('a session starts from the state that it asks for, and goes on with it over a restart', async () => {
  const { url, engine } = await serve('one/second#step-2');
  const reader = new LabReader(url);
  expect(await reader.call<LabView>('GET', '/api/labs/test-lab')).toMatchObject({ states: ['one/second#step-2'] });
  const session = await startFrom(reader, 'one/second#step-2');
  expect(session).toMatchObject({ state: 'ready', from: 'one/second#step-2' });
  expect(await hasFile(engine, session)).toBe(true);
  // The running session is returned, whatever it was started from.
  expect(await reader.call<SessionView>('POST', '/api/sessions', { lab: 'test-lab' })).toMatchObject({
    id: session.id,
    from: 'one/second#step-2',
  });
  const later = new LabReader((await server?.restart()) ?? '', reader.cookie);
  expect((await whenReady(later, session.id)).from).toBe('one/second#step-2');
});

test('a state that does not exist is refused with the names of those that do; no session begins', async () => {
  const { url, engine } = await serve('one/second');
  const reader = new LabReader(url);
  await until(
    () => reader.call<LabView>('GET', '/api/labs/test-lab'),
    ({ state }) => state === 'ready',
  );
  await expect(startFrom(reader, 'one/third')).rejects.toThrow(/404 LAB_ERR_NO_STATE.*one\/second/);
  await expect(startFrom(reader, '../../etc')).rejects.toThrow(/400 LAB_ERR_BAD_REQUEST/);
  expect(await reader.call('GET', '/api/sessions')).toEqual([]);
  // A state that is made later is found without a restart.
  await saveState(engine, 'one/third');
  expect(await startFrom(reader, 'one/third')).toMatchObject({ from: 'one/third' });
});

test('before the lab is ready, a request for a state that does not exist means the beginning', async () => {
  const image = Promise.withResolvers<void>();
  const { url, engine } = await serve('one/second', { engine: createEchoEngine({ image: image.promise }) });
  const [reader, other] = [new LabReader(url), new LabReader(url)];
  const ask = (who: LabReader, from: string) =>
    who.call<SessionView>('POST', '/api/sessions', { lab: 'test-lab', from });
  const there = await ask(reader, 'one/second');
  const missing = await ask(other, 'one/third');
  expect(there).toMatchObject({ state: 'preparing', from: 'one/second' });
  image.resolve();
  expect(await whenReady(reader, there.id)).toMatchObject({ state: 'ready', from: 'one/second' });
  const session = await whenReady(other, missing.id);
  expect(session.state).toBe('ready');
  expect(session).not.toHaveProperty('from');
  expect(await hasFile(engine, session)).toBe(false);
});

test('reset starts again from the same state, from another one, or from the beginning', async () => {
  const { url, engine } = await serve('one/second');
  const reader = new LabReader(url);
  const first = await startFrom(reader, 'one/second');
  const reset = async ({ id }: SessionView, body: object) => {
    const next = await reader.call<SessionView>('POST', `/api/sessions/${id}/reset`, body);
    expect(next.id).not.toBe(id);
    return whenReady(reader, next.id);
  };
  const same = await reset(first, {});
  expect(same.from).toBe('one/second');
  expect(await hasFile(engine, same)).toBe(true);
  const beginning = await reset(same, { from: null });
  expect(beginning).not.toHaveProperty('from');
  expect(await hasFile(engine, beginning)).toBe(false);
  await expect(reset(beginning, { from: 'one/third' })).rejects.toThrow(/404 LAB_ERR_NO_STATE/);
  expect((await whenReady(reader, beginning.id)).state).toBe('ready');
  expect((await reset(beginning, { from: 'one/second' })).from).toBe('one/second');
});

test('reset keeps the seat: nobody in line gets it, and the old sandbox is not waited for', async () => {
  const { url, engine } = await serve('one/second', { flags: ['--seats', '1'] });
  const reader = new LabReader(url);
  const session = await startFrom(reader);
  const other = new LabReader(url);
  const waiting = await other.call<SessionView>('POST', '/api/sessions', { lab: 'test-lab' });
  expect(waiting.state).toBe('queued');
  const gate = Promise.withResolvers<void>();
  const stop = engine.stop.bind(engine);
  engine.stop = async (id) => {
    if (id === session.id) await gate.promise;
    return stop(id);
  };
  const next = await reader.call<SessionView>('POST', `/api/sessions/${session.id}/reset`, {});
  expect((await whenReady(reader, next.id)).state).toBe('ready');
  expect((await reader.call<SessionView>('GET', `/api/sessions/${session.id}`)).state).toBe('ending');
  gate.resolve();
  await until(
    () => reader.call<SessionView>('GET', `/api/sessions/${session.id}`),
    ({ state }) => state === 'ended',
  );
  expect(await other.call('GET', `/api/sessions/${waiting.id}`)).toMatchObject({ state: 'queued', place: 1 });
});

test('the state that was requested last is prepared, and the previous one no longer is', async () => {
  const { url, engine } = await serve('one/second', { flags: ['--prepared', '1'] });
  await saveState(engine, 'one/third');
  const waitingOf = async (id: string) => ((await hasFile(engine, { id } as SessionView)) ? 'state' : 'beginning');
  const reader = new LabReader(url);
  const prepared = (count: number) =>
    until(
      async () => ((await (await fetch(`${url}/health`)).json()) as { prepared: number }).prepared,
      (found) => found === count,
    );
  await prepared(1);
  const session = await startFrom(reader, 'one/second');
  await prepared(2);
  const kinds = async (own: string) =>
    Promise.all((await engine.list()).filter((id) => id !== own).map(waitingOf)).then((found) => found.toSorted());
  expect(await kinds(session.id)).toEqual(['beginning', 'state']);
  const reset = await reader.call<SessionView>('POST', `/api/sessions/${session.id}/reset`, {});
  // Not started, but taken from the prepared ones.
  expect(reset.state).toBe('ready');
  await access(join(await homeOf(engine, reset.id), 'done-before'));
  await reader.call('POST', `/api/sessions/${reset.id}/reset`, { from: 'one/third' });
  await prepared(2);
  await until(
    () => engine.list(),
    (ids) => ids.length === 3,
  );
});

async function homeOf(engine: Engine, id: string): Promise<string> {
  return engine.terminalCommand(id, 'box').env['HOME'] ?? '';
}
