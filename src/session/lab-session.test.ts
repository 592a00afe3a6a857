// The page's session, with a server and sockets that the test controls: what is asked, reported and forgotten.
import { expect, test } from 'vitest';
import { closeCode } from '../../server/protocol/close-codes.ts';
import { lab, pass, run, serverOfEachTest, sessionOf, terminal } from './driven-server.ts';
import { ApiError } from './lab-api.ts';
import { LabSession } from './lab-session.ts';

const life = new AbortController();
const serverNow = serverOfEachTest();

test('without a server the lab is absent, and retry looks again', async () => {
  const server = serverNow();
  const session = new LabSession('build');
  await session.find();
  expect(session.phase.name).toBe('absent');
  server.answers = { 'GET /api/labs/build': lab, 'GET /api/sessions': [] };
  session.retry();
  await pass();
  expect(session.phase.name).toBe('not-started');
});

test('a lab that is being built is asked about until it is ready', async () => {
  const server = serverNow();
  server.answers = { 'GET /api/labs/build': { ...lab, state: 'preparing' }, 'GET /api/sessions': [] };
  const session = new LabSession('build');
  await session.find();
  expect(session.phase.name).toBe('preparing');
  server.answers['GET /api/labs/build'] = lab;
  await pass(2_000);
  expect(session.phase.name).toBe('not-started');
  const before = server.asked.length;
  await pass(60_000);
  expect(server.asked).toHaveLength(before);
});

test('takes the running session: ready after hello, with its blocks', async () => {
  const server = serverNow();
  server.answers = {
    'GET /api/labs/build': lab,
    'GET /api/sessions': [sessionOf('old', { state: 'ended' }), sessionOf('one')],
  };
  const session = new LabSession('build');
  const told: string[] = [];
  session.on('connected', () => told.push('connected'), life.signal);
  session.on('block', ({ block }) => told.push(block), life.signal);
  await session.find();
  expect(session.phase.name).toBe('starting');
  expect(server.lastSocket.url).toBe('ws://lab.test/api/sessions/one/socket');
  expect(session.send({ type: 'interrupt', terminal: 1 })).toBe(false);
  server.greet(sessionOf('one'), [run]);
  expect(session.phase.name).toBe('ready');
  expect(told).toEqual([run.block, 'connected']);
  expect(session.block(run.block)).toEqual(run);
  expect(session.send({ type: 'interrupt', terminal: 1 })).toBe(true);
});

test('starts where the lesson begins, with the states that exist now', async () => {
  const server = serverNow();
  server.answers = { 'GET /api/labs/build': { ...lab, states: [] }, 'GET /api/sessions': [] };
  const session = new LabSession('build', 'build/ship-it');
  await session.find();
  expect(session.lessonStart.isMissing).toBe(true);
  server.answers = { 'GET /api/labs/build': lab, 'POST /api/sessions': sessionOf('one', { state: 'starting' }) };
  await session.start();
  expect(server.asked.at(-1)).toBe('POST /api/sessions {"lab":"build","from":"build/ship-it"}');
  server.answers['GET /api/sessions/one'] = sessionOf('one');
  server.greet(sessionOf('one', { state: 'starting' }));
  expect(session.phase.name).toBe('starting');
  await pass(2_000);
  expect(session.phase.name).toBe('ready');
});

test('a refused start is a phase, not an exception', async () => {
  const server = serverNow();
  server.answers = { 'GET /api/labs/build': lab, 'GET /api/sessions': [] };
  const session = new LabSession('build');
  await session.find();
  server.answers['POST /api/sessions'] = new ApiError('LAB_ERR_TOO_MANY', 429, 'too many');
  await session.start();
  expect(session.phase).toEqual({ name: 'failed', detail: 'too many' });
});

test('terminals open, end and close', async () => {
  const server = serverNow();
  const session = await server.running();
  const shown: number[] = [];
  session.on('show', (number) => shown.push(number), life.signal);
  server.answers['POST /api/sessions/one/terminals'] = { ...terminal, number: 2 };
  expect(await session.openTerminal('w')).toBe(2);
  expect([shown, session.terminals.map(({ number }) => number)]).toEqual([[2], [1, 2]]);
  server.lastSocket.receive({ type: 'exit', terminal: 2, exitCode: 3 });
  expect(session.terminals[1]).toMatchObject({ state: 'exited', exitCode: 3 });
  server.answers['DELETE /api/sessions/one/terminals/2'] = {};
  await session.closeTerminal(2);
  expect(session.terminals.map(({ number }) => number)).toEqual([1]);
});

test('a socket that is refused for good: the server is asked why, and it is tried again while the session lives', async () => {
  const server = serverNow();
  const session = await server.running();
  server.answers['GET /api/sessions/one'] = sessionOf('one');
  server.lastSocket.lose(closeCode.forbidden);
  await pass(1_999);
  expect(server.sockets).toHaveLength(1);
  await pass(1);
  expect(server.sockets).toHaveLength(2);
  server.greet(sessionOf('one'));
  expect(session.phase.name).toBe('ready');
  server.answers['GET /api/sessions/one'] = sessionOf('one', { state: 'ended', reason: 'idle' });
  server.lastSocket.lose(closeCode.ended);
  await pass(10_000);
  expect(session.phase).toEqual({ name: 'ended', reason: 'idle' });
  expect(server.sockets).toHaveLength(2);
});

test('a session that the server does not know any more stays ended', async () => {
  const server = serverNow();
  const session = await server.running();
  server.answers['GET /api/sessions/one'] = new ApiError('LAB_ERR_NO_SESSION', 404, 'unknown');
  server.lastSocket.lose(closeCode.noSession);
  await pass(10_000);
  expect(session.phase).toEqual({ name: 'ended', reason: 'unknown' });
  expect(server.sockets).toHaveLength(1);
});

test('a server that does not answer does not mean that the session is gone', async () => {
  const server = serverNow();
  const session = await server.running();
  server.lastSocket.lose(closeCode.noSession);
  await pass();
  expect(session.phase.name).toBe('disconnected');
  await pass(2_000);
  expect(server.sockets).toHaveLength(2);
  server.answers['GET /api/sessions/one'] = new ApiError('LAB_ERR_INTERNAL', 500, 'not yet');
  server.lastSocket.lose(closeCode.noSession);
  await pass(2_000);
  expect(server.sockets).toHaveLength(3);
  server.greet(sessionOf('one'));
  expect(session.phase.name).toBe('ready');
});

test('a check before the start is refused without asking the server', () => {
  const server = serverNow();
  expect(() => new LabSession('build').check('one')).toThrow(ApiError);
  expect(server.asked).toEqual([]);
});

test('waits until it is ready, or says why it will not be', async () => {
  const server = serverNow();
  server.answers = { 'GET /api/labs/build': lab, 'GET /api/sessions': [sessionOf('one')] };
  const session = new LabSession('build');
  const ready = session.whenReady(life.signal);
  await session.find();
  server.greet(sessionOf('one'));
  await expect(ready).resolves.toBeUndefined();
  server.lastSocket.receive({ type: 'session', session: sessionOf('one', { state: 'ended' }) });
  await expect(session.whenReady(life.signal)).rejects.toThrow('ended');
  const aborted = new AbortController();
  const waits = new LabSession('build').whenReady(aborted.signal);
  aborted.abort();
  await expect(waits).rejects.toThrow('aborted');
});
