// What a new server finds: sessions, each on its own and at once; and an engine that becomes available only after the server.
import { expect, test, vi } from 'vitest';
import type { LabView, SessionView } from '../../server/protocol/messages.ts';
import { createEchoEngine, type EchoFaults } from '../../server/machines/echo/echo-engine.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { until } from '../support/test-lab-server.ts';
import { startSession } from '../support/test-reader.ts';
import { serverPerTest } from './support/server-per-test.ts';

const serve = serverPerTest();

const get = (reader: LabReader, id: string) => reader.call<SessionView>('GET', `/api/sessions/${id}`);

test('one session that cannot be found and one that takes long hold up no other reader and are not ended', async () => {
  const engine = createEchoEngine();
  const server = await serve({ engine });
  const all = [await startSession(server.url), await startSession(server.url), await startSession(server.url)];
  const [slow, broken, good] = all.map(({ session }) => session.id);
  const gate = Promise.withResolvers<void>();
  const find = vi.spyOn(engine, 'findAgain').mockImplementation((id) => {
    if (id === broken) return Promise.reject(new Error('QEMU is gone'));
    return id === slow ? gate.promise : Promise.resolve();
  });
  const url = await server.restart();
  const [atSlow, atBroken, atGood] = all.map(({ reader }) => new LabReader(url, reader.cookie));
  let isSlowAnswered = false;
  const slowly = get(atSlow!, slow!).then((view) => {
    isSlowAnswered = true;
    return view;
  });
  expect(await get(atGood!, good!)).toMatchObject({ state: 'ready', terminals: [{ state: 'running' }] });
  expect(await get(atBroken!, broken!)).toMatchObject({ state: 'ready' });
  // A new reader does not wait for anything.
  expect((await startSession(url)).session.state).toBe('ready');
  expect(isSlowAnswered).toBe(false);
  gate.resolve();
  expect(await slowly).toMatchObject({ state: 'ready' });
  expect(find).toHaveBeenCalledWith(good);
  expect((await engine.list()).toSorted()).toEqual(expect.arrayContaining([slow, broken, good].toSorted()));
});

test('an engine that becomes available a little after the start needs no restart; sessions wait for it', async () => {
  const faults: EchoFaults = {};
  const engine = createEchoEngine(faults);
  const server = await serve({ engine });
  const { reader, session } = await startSession(server.url);
  faults.missing = 'podman is not installed; install it';
  const missing = () => Promise.reject(new Error('podman has not been opened'));
  const running = vi.spyOn(engine, 'running').mockImplementation(missing);
  const later = new LabReader(await server.restart(), reader.cookie);
  const health = async () =>
    (await (await fetch(`${later.url}/health`)).json()) as { status: string; problems: string[] };
  expect(await later.call<LabView>('GET', '/api/labs/test-lab')).toMatchObject({ state: 'no-engine' });
  const another = new LabReader(later.url);
  const refused = another.call('POST', '/api/sessions', { lab: 'test-lab' });
  await expect(refused).rejects.toThrow(/503 LAB_ERR_NO_ENGINE.*podman is not installed/);
  expect(await health()).toMatchObject({
    status: 'degraded',
    problems: ['no labs can be started: podman is not installed; install it'],
  });
  // Running sandboxes are not ended just because the engine cannot be asked.
  expect(await get(later, session.id)).toMatchObject({ state: 'ready', terminals: [{ number: 1 }] });
  delete faults.missing;
  running.mockRestore();
  await until(
    () => later.call<LabView>('GET', '/api/labs/test-lab'),
    ({ state }) => state === 'ready',
    // The server looks for the engine every ten seconds.
    30_000,
  );
  expect(await get(later, session.id)).toMatchObject({ state: 'ready' });
  expect((await startSession(later.url)).session.state).toBe('ready');
  expect((await health()).status).toBe('ok');
}, 60_000);
