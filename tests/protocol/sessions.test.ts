// The life of a session over HTTP and socket: seats, limits, terminals, checks, faults, and what a restart finds again.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { CheckResult, LabView, SessionView, TerminalView } from '../../server/protocol/messages.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { PageTerminal } from '../support/page-terminal.ts';
import { until, writeLab } from '../support/test-lab-server.ts';
import { openRawSocket, startSession } from '../support/test-reader.ts';
import { serverPerTest } from './support/server-per-test.ts';

const serve = serverPerTest();

const get = (reader: LabReader, id: string) => reader.call<SessionView>('GET', `/api/sessions/${id}`);
const start = (reader: LabReader, lab = 'test-lab') => reader.call<SessionView>('POST', '/api/sessions', { lab });
const isIn =
  (...states: SessionView['state'][]) =>
  ({ state }: SessionView) =>
    states.includes(state);

test('one session per reader and lab, with the lab’s terminals, until its reader ends it', async () => {
  const { url, engine } = await serve();
  const { reader, session } = await startSession(url);
  expect(session.terminals).toMatchObject([{ number: 1, machine: 'box', state: 'running' }]);
  expect((await start(reader)).id).toBe(session.id);
  expect((await reader.call<SessionView>('DELETE', `/api/sessions/${session.id}`)).state).toBe('ended');
  expect(await engine.list()).toEqual([]);
  expect(await get(reader, session.id)).toMatchObject({ state: 'ended', reason: 'by-reader' });
  expect((await start(reader)).id).not.toBe(session.id);
});

test('a terminal shows what is typed, and a second page shows the same', async () => {
  const { url } = await serve();
  const { reader, session } = await startSession(url);
  const pages = [new PageTerminal(1), new PageTerminal(1)];
  for (const page of pages) {
    page.use(await reader.openSocket(session));
    page.attach();
    await page.waitForText(/[$#] ?$/);
    expect(page.events[0]).toMatchObject({ type: 'hello', session: { id: session.id } });
  }
  pages[0]?.type('echo $((6*7))\r');
  for (const page of pages) await page.waitForText(/^42$/m);
  expect(await pages[0]?.runBlock('a/b#c', 'false')).toMatchObject({ state: 'done', exitStatus: 1 });
  for (const page of pages) page.disconnect();
});

test('reset gives a new sandbox and removes the old one', async () => {
  const { url, engine } = await serve();
  const { reader, session } = await startSession(url);
  const next = await reader.call<SessionView>('POST', `/api/sessions/${session.id}/reset`, {});
  expect(next.id).not.toBe(session.id);
  await until(() => get(reader, next.id), isIn('ready'));
  await until(
    () => engine.list(),
    (ids) => ids.length === 1 && ids[0] === next.id,
  );
  expect(await until(() => get(reader, session.id), isIn('ended'))).toMatchObject({ reason: 'reset' });
});

test('terminals are opened up to the lab’s limit, only on existing machines, and no number is used twice', async () => {
  const { url } = await serve();
  const { reader, session } = await startSession(url);
  const path = `/api/sessions/${session.id}/terminals`;
  const second = await reader.call<TerminalView>('POST', path, { machine: 'box' });
  expect(second).toMatchObject({ number: 2, machine: 'box' });
  await expect(reader.call('POST', path, { machine: 'box' })).rejects.toThrow(/429 LAB_ERR_TOO_MANY/);
  await expect(reader.call('POST', path, { machine: 'nas' })).rejects.toThrow(/LAB_ERR_BAD_REQUEST.*box/);
  await reader.call('DELETE', `${path}/2`);
  await expect(reader.call('DELETE', `${path}/2`)).rejects.toThrow('LAB_ERR_NO_TERMINAL');
  expect(await reader.call<TerminalView>('POST', path, { machine: 'box' })).toMatchObject({ number: 3 });
});

test('a check passes, fails with its cause and data, is broken, or hangs and is killed', async () => {
  const { url } = await serve();
  const { reader, session } = await startSession(url);
  const check = (id: string) => reader.call<CheckResult>('POST', `/api/sessions/${session.id}/checks/${id}`, {});
  expect(await check('passes')).toMatchObject({ outcome: 'passed' });
  expect(await check('fails')).toMatchObject({
    outcome: 'failed',
    cause: 'no-file',
    data: { path: '~/a b', lines: '3' },
  });
  expect(await check('breaks')).toMatchObject({ outcome: 'broken' });
  expect(await check('hangs')).toMatchObject({ outcome: 'timed-out' });
  await until(
    () => countProcesses('sleep\x004711'),
    (count) => count === 0,
  );
  expect(readdirSync('/run').filter((name) => name.startsWith('lab-check'))).toEqual([]);
  await expect(check('no-such')).rejects.toThrow(/LAB_ERR_NO_CHECK.*passes/);
});

function countProcesses(commandLine: string): number {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const lines = ids.map((id) => (existsSync(`/proc/${id}/cmdline`) ? readFileSync(`/proc/${id}/cmdline`, 'utf8') : ''));
  return lines.filter((line) => line.startsWith(commandLine)).length;
}

test('a reader who finds no seat waits in line and starts when one is free', async () => {
  const { url } = await serve({ flags: ['--seats', '1'] });
  const first = await startSession(url);
  const [second, third] = [new LabReader(url), new LabReader(url)];
  const waiting = await start(second);
  const last = await start(third);
  expect(waiting).toMatchObject({ state: 'queued', reason: 'no-seat', place: 1 });
  expect(last).toMatchObject({ state: 'queued', place: 2 });
  const page = openRawSocket(url, last.id, { cookie: third.cookie, origin: url });
  await until(
    () => page.events,
    (events) => events.some(({ type }) => type === 'hello'),
  );
  await first.reader.call('DELETE', `/api/sessions/${first.session.id}`);
  await until(() => get(second, waiting.id), isIn('ready'));
  expect(await get(third, last.id)).toMatchObject({ state: 'queued', place: 1 });
  const told = () => page.events.some((event) => event.type === 'session' && event.session.place === 1);
  await until(told, (isTold) => isTold);
  page.socket.close();
});

test('a lab whose image is being built says so and starts by itself', async () => {
  const image = Promise.withResolvers<void>();
  const { url } = await serve({ faults: { image: image.promise } });
  const reader = new LabReader(url);
  expect(await reader.call<LabView>('GET', '/api/labs/test-lab')).toMatchObject({
    state: 'preparing',
    progress: { step: 'echo:nothing' },
  });
  const session = await start(reader);
  expect(session).toMatchObject({ state: 'preparing', reason: 'image-building', progress: { total: 1 } });
  image.resolve();
  await until(() => get(reader, session.id), isIn('ready'));
});

test('an image that cannot be built and a sandbox that cannot be started say why, and can be tried again', async () => {
  const first = await serve({ faults: { start: 'no space left on device' } });
  const reader = new LabReader(first.url);
  const { id } = await start(reader);
  const failed = await until(() => get(reader, id), isIn('failed'));
  expect(failed).toMatchObject({ reason: 'start-failed', detail: expect.stringContaining('no space left') });
  expect((await start(reader)).id).not.toBe(id);
  const image = Promise.reject(new Error('the mirror does not answer'));
  image.catch(() => undefined);
  await first[Symbol.asyncDispose]();
  const other = await serve({ faults: { image } });
  const late = new LabReader(other.url);
  await until(
    () => late.call<LabView>('GET', '/api/labs/test-lab'),
    ({ state }) => state === 'failed',
  );
  const again = await start(late);
  const told = await until(() => get(late, again.id), isIn('failed'));
  expect(told).toMatchObject({ reason: 'image-failed', detail: expect.stringContaining('mirror') });
});

test('one reader may have only a limited number of sessions', async () => {
  const { url } = await serve({
    flags: ['--sessions-per-reader', '1'],
    editLabs: (labsDir) => writeLab(labsDir, 'other-lab'),
  });
  const { reader } = await startSession(url);
  await expect(start(reader, 'other-lab')).rejects.toThrow(/429 LAB_ERR_TOO_MANY.*Test lab/);
});

test('the idle limit ends a session, even with an open page; what the reader does postpones it, up to the time limit', async () => {
  const ahead = { ms: 0 };
  const { url } = await serve({ ahead });
  const idle = await startSession(url);
  const active = await startSession(url);
  expect(idle.session.endsBecause).toBe('idle');
  const page = openRawSocket(url, active.session.id, { cookie: active.reader.cookie, origin: url });
  await until(
    () => page.events.length,
    (count) => count > 0,
  );
  ahead.ms += 50_000;
  expect((await get(idle.reader, idle.session.id)).endsInMs).toBeLessThan(11_000);
  const moved = await active.reader.call<SessionView>('POST', `/api/sessions/${active.session.id}/extend`, {});
  expect(moved.endsInMs).toBeGreaterThan(50_000);
  ahead.ms += 15_000;
  expect(await until(() => get(idle.reader, idle.session.id), isIn('ended'))).toMatchObject({ reason: 'idle' });
  expect((await get(active.reader, active.session.id)).state).toBe('ready');
  ahead.ms += 50_000;
  expect((await page.closed).code).toBe(4410);
  expect((await until(() => get(active.reader, active.session.id), isIn('ended'))).reason).toBe('idle');
  expect(page.events.at(-1)).toMatchObject({ type: 'session', session: { reason: 'idle' } });
});

test('more time may be asked for as often as the lab allows; then the time limit ends it', async () => {
  const ahead = { ms: 0 };
  const { url } = await serve({ ahead });
  const { reader, session } = await startSession(url);
  const extend = () => reader.call<SessionView>('POST', `/api/sessions/${session.id}/extend`, {});
  ahead.ms += 50_000;
  await extend();
  ahead.ms += 50_000;
  // One minute idle, two in total: from here on the total limit comes first.
  const before = await extend();
  expect(before.endsBecause).toBe('time-limit');
  const after = await extend();
  expect(after.endsInMs).toBeGreaterThan(before.endsInMs);
  ahead.ms += 45_000;
  expect((await extend()).canExtend).toBe(false);
  await expect(extend()).rejects.toThrow(/429 LAB_ERR_TOO_MANY/);
  ahead.ms += 40_000;
  expect(await until(() => get(reader, session.id), isIn('ended'))).toMatchObject({ reason: 'time-limit' });
});

test('a machine that died is noticed by its shell’s end, and reported', async () => {
  const { url, engine } = await serve();
  const { reader, session } = await startSession(url);
  const page = new PageTerminal(1);
  page.use(await reader.openSocket(session));
  page.attach();
  await page.waitForText(/[$#] ?$/);
  await engine.stop(session.id);
  page.type('exit\r');
  expect(await until(() => get(reader, session.id), isIn('ended', 'failed'))).toMatchObject({ reason: 'machine-died' });
});

test('after a restart sessions, shells and screens are still there, and sandboxes without a session are gone', async () => {
  const running = await serve();
  const { reader, session } = await startSession(running.url);
  const page = new PageTerminal(1);
  page.use(await reader.openSocket(session));
  page.attach();
  await page.waitForText(/[$#] ?$/);
  page.type('x=survived; clear\r');
  await page.waitForText(/[$#] ?$/);
  await running.engine.start(
    { id: 'feedfeedfeedfeed', lab: 'test-lab', machines: [], diskMiB: 64 },
    new AbortController().signal,
  );
  const url = await running.restart();
  await until(
    () => page.closed,
    (closed) => closed?.code === 1001,
  );
  const later = new LabReader(url, reader.cookie);
  expect(await get(later, session.id)).toMatchObject({ state: 'ready', terminals: [{ number: 1, state: 'running' }] });
  page.use(await later.openSocket(session));
  page.attach();
  page.type('echo $x\r');
  await page.waitForText(/^survived$/m);
  await until(
    () => running.engine.list(),
    (ids) => !ids.includes('feedfeedfeedfeed'),
  );
  expect(await running.engine.list()).toEqual([session.id]);
  page.disconnect();
});
