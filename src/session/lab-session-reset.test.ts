// A reset: what is forgotten, what waits for it, and that a refused reset removes nothing.
import { expect, test } from 'vitest';
import { closeCode } from '../../server/protocol/close-codes.ts';
import { lab, pass, run, serverOfEachTest, sessionOf } from './driven-server.ts';
import { ApiError } from './lab-api.ts';

const life = new AbortController();
const serverNow = serverOfEachTest();

test('a step’s reset names the step, forgets the blocks, and ignores late messages of the old session', async () => {
  const server = serverNow();
  const session = await server.running();
  const cleared: unknown[] = [];
  session.on('cleared', (detail) => cleared.push(detail), life.signal);
  const before = server.lastSocket;
  server.answers['POST /api/sessions/one/reset'] = sessionOf('two');
  await session.resetStep('2', 'build/ship-it#2');
  expect(server.asked.at(-1)).toBe('POST /api/sessions/one/reset {"from":"build/ship-it#2"}');
  expect(cleared).toEqual([{ step: '2' }]);
  expect(session.blocks()).toEqual([]);
  server.greet(sessionOf('two'));
  before.receive({ type: 'session', session: sessionOf('one', { state: 'ended' }) });
  server.lastSocket.receive({ type: 'session', session: sessionOf('one', { state: 'ended' }) });
  expect([session.view?.id, session.phase.name]).toEqual(['two', 'ready']);
  server.answers['POST /api/sessions/two/reset'] = sessionOf('three');
  await session.reset();
  expect(cleared.at(-1)).toEqual({ step: undefined });
});

test('a state that is gone: the reset throws, the lab goes on, and the page learns which states exist', async () => {
  const server = serverNow();
  const session = await server.running();
  server.answers['GET /api/labs/build'] = { ...lab, states: [] };
  server.answers['POST /api/sessions/one/reset'] = new ApiError('LAB_ERR_NO_STATE', 404, 'gone');
  await expect(session.resetStep('2', 'build/ship-it')).rejects.toThrow('gone');
  expect([session.phase.name, session.labView?.states]).toEqual(['ready', []]);
  expect(session.blocks()).toEqual([run]);
});

test('whoever waits during a reset waits for the new lab, not for the old one', async () => {
  const server = serverNow();
  const session = await server.running();
  const reset = session.reset();
  const ready = session.whenReady(life.signal).then(() => session.send({ type: 'interrupt', terminal: 1 }));
  const phases = new Set<string>();
  session.on('change', () => phases.add(session.phase.name), life.signal);
  server.answers['POST /api/sessions/one/reset'] = sessionOf('two');
  await reset;
  await pass();
  expect([...phases]).toEqual(['starting']);
  server.greet(sessionOf('two'));
  await expect(ready).resolves.toBe(true);
  // The old session's socket may close before the answer comes.
  const again = session.reset();
  server.answers['POST /api/sessions/two/reset'] = sessionOf('three');
  server.lastSocket.lose(closeCode.ended);
  await again;
  await pass();
  expect(session.phase.name).toBe('starting');
  server.greet(sessionOf('three'));
  expect(session.phase.name).toBe('ready');
  expect([...phases].toSorted()).toEqual(['ready', 'starting']);
});

test('a reset that is refused throws, and the lab goes on', async () => {
  const server = serverNow();
  const session = await server.running();
  server.answers['GET /api/sessions/one'] = sessionOf('one');
  server.answers['POST /api/sessions/one/reset'] = new ApiError('LAB_ERR_TOO_MANY', 429, 'too many');
  await expect(session.reset()).rejects.toThrow('too many');
  expect([session.phase.name, session.view?.id, session.blocks()]).toEqual(['ready', 'one', [run]]);
  delete server.answers['POST /api/sessions/one/reset'];
  await expect(session.reset()).rejects.toMatchObject({ code: 'unreachable' });
  expect(session.phase.name).toBe('ready');
});

test('a reset of a session that the server does not know is a failed start: the next one starts a new session', async () => {
  const server = serverNow();
  const session = await server.running();
  server.answers['POST /api/sessions/one/reset'] = new ApiError('LAB_ERR_NO_SESSION', 404, 'unknown');
  await session.reset();
  expect(session.phase).toEqual({ name: 'failed', detail: 'unknown' });
});

test('a state that is gone, and then the server as well: the lab goes on all the same', async () => {
  const server = serverNow();
  const session = await server.running();
  delete server.answers['GET /api/labs/build'];
  server.answers['POST /api/sessions/one/reset'] = new ApiError('LAB_ERR_NO_STATE', 404, 'gone');
  await expect(session.resetStep('2', 'build/ship-it')).rejects.toThrow('gone');
  expect(session.phase.name).toBe('ready');
});
