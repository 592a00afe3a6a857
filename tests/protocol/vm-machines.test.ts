// Virtual machines over HTTP and socket, with the echo engine's replacement: actions, updates, limits, what a restart finds.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { LabView, MachineView, ServerEvent, SessionView, TerminalView } from '../../server/protocol/messages.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { createEchoEngine } from '../../server/machines/echo/echo-engine.ts';
import { until, vmLabFile, writeLab, type TestServerOptions } from '../support/test-lab-server.ts';
import { openRawSocket, startSession, type RawSocket } from '../support/test-reader.ts';
import { serverPerTest } from './support/server-per-test.ts';

const serve = serverPerTest({ editLabs: (labsDir) => writeLab(labsDir, 'vm-lab', vmLabFile) });

const desktop = ({ machines }: SessionView) => machines.find(({ name }) => name === 'desktop');

async function serveSession(options?: TestServerOptions) {
  const running = await serve(options);
  const { reader, session } = await startSession(running.url, 'vm-lab');
  const path = `/api/sessions/${session.id}`;
  const act = (action: string, body: object = {}, machine = 'desktop') =>
    reader.call<MachineView>('POST', `${path}/machines/${machine}/${action}`, body);
  return { ...running, reader, session, path, act };
}

async function openPage(url: string, reader: LabReader, session: SessionView): Promise<RawSocket> {
  const page = openRawSocket(url, session.id, { cookie: reader.cookie, origin: url });
  await until(
    () => page.events.length,
    (count) => count > 0,
  );
  return page;
}

const toldOf = (events: ServerEvent[]) => events.flatMap((event) => (event.type === 'session' ? [event.session] : []));

test('a session says what its machines are, and the lab says how they run here', async () => {
  const { reader, session } = await serveSession();
  expect(session.machines).toMatchObject([
    {
      name: 'desktop',
      type: 'vm',
      vm: { power: 'on', phase: 'ready', firmware: 'uefi-secure-boot', hasTpm: true, hasScreen: true, tampered: [] },
    },
    { name: 'box', type: 'container' },
  ]);
  expect(session.machines[1]).not.toHaveProperty('vm');
  expect(session.terminals).toMatchObject([{ kind: 'serial' }, { kind: 'shell' }]);
  const labs = await reader.call<LabView[]>('GET', '/api/labs');
  expect(labs).toMatchObject([
    { id: 'test-lab', states: [] },
    { id: 'vm-lab', acceleration: 'emulation' },
  ]);
  expect(labs[0]).not.toHaveProperty('acceleration');
});

test('power, tampering, touch and window: each answers with the machine, and pages are told', async () => {
  const { url, reader, session, act, engine } = await serveSession();
  const page = await openPage(url, reader, session);
  expect((await act('power', { action: 'unplug' })).vm).toMatchObject({ power: 'off' });
  await until(
    () => toldOf(page.events).map(desktop),
    (told) => told.some((machine) => machine?.vm?.power === 'off' && machine.vm.phase === undefined),
  );
  expect((await act('power', { action: 'start' })).vm).toMatchObject({ power: 'on' });
  expect((await act('tamper', { kind: 'firmware' })).vm?.tampered).toEqual(['firmware']);
  expect((await act('tamper', { kind: 'undo' })).vm?.tampered).toEqual([]);
  expect((await act('window')).vm?.window).toMatchObject({ secureBoot: 'on', kernelArguments: 'echo' });
  await expect(act('touch')).rejects.toThrow(/409 LAB_ERR_BUSY/);
  await engine.exec(session.id, {
    machine: 'desktop',
    argv: ['touch', 'wants-touch'],
    timeoutMs: 5_000,
    maxOutputBytes: 99,
  });
  expect((await act('touch')).vm?.wantsTouch).toBe(false);
  await until(
    () => toldOf(page.events).map(desktop).at(-1),
    (told) => told?.vm?.power === 'on' && told.vm.window !== undefined,
  );
  page.socket.close();
});

test('an unknown machine, one that is not virtual, or an unknown action is refused and named', async () => {
  const { act, url, session } = await serveSession();
  await expect(act('power', { action: 'start' }, 'box')).rejects.toThrow(/400 LAB_ERR_BAD_REQUEST.*desktop/);
  await expect(act('power', { action: 'start' }, 'nas')).rejects.toThrow(/400 LAB_ERR_BAD_REQUEST.*desktop/);
  for (const action of ['power', 'tamper']) {
    await expect(act(action, {})).rejects.toThrow(/400 LAB_ERR_BAD_REQUEST/);
    await expect(act(action, { action: 'explode', kind: 'explode' })).rejects.toThrow(/400 LAB_ERR_BAD_REQUEST/);
  }
  const other = new LabReader(url);
  const path = `/api/sessions/${session.id}/machines/desktop`;
  for (const [action, body] of [
    ['power', { action: 'stop' }],
    ['tamper', { kind: 'undo' }],
    ['touch', {}],
    ['window', {}],
  ] as const) {
    await expect(other.call('POST', `${path}/${action}`, body)).rejects.toThrow('403 LAB_ERR_FORBIDDEN');
  }
});

test('only one thing at a time is done to a machine', async () => {
  const engine = createEchoEngine();
  const gate = Promise.withResolvers<void>();
  vi.spyOn(engine, 'tamper').mockImplementation(() => gate.promise);
  const { act } = await serveSession({ engine });
  const first = act('tamper', { kind: 'firmware' });
  await until(
    () => act('power', { action: 'reset' }).then(() => '', String),
    (answer) => answer.includes('409 LAB_ERR_BUSY'),
  );
  gate.resolve();
  await first;
  await act('power', { action: 'reset' });
});

test('an action that restarts a machine counts as a start', async () => {
  const { act } = await serveSession({ flags: ['--starts-per-minute', '3'] });
  const answers: string[] = [];
  // The first request has no cookie yet and counts for the address.
  for (let at = 0; at < 4; at++) answers.push(await act('power', { action: 'reset' }).then(() => 'done', String));
  expect(answers.slice(0, 3)).toEqual(['done', 'done', 'done']);
  expect(answers.at(-1)).toMatch(/429 LAB_ERR_TOO_MANY/);
  await act('window');
});

test('pages are told at most about four times a second, but always of the last state', async () => {
  const { url, reader, session, engine, act } = await serveSession({ flags: ['--starts-per-minute', '999'] });
  const page = await openPage(url, reader, session);
  const before = toldOf(page.events).length;
  const beganAt = Date.now();
  for (let at = 0; at < 300; at++) await engine.readWindow(session.id, 'desktop');
  await act('power', { action: 'unplug' });
  await until(
    () => toldOf(page.events).map(desktop).at(-1),
    (told) => told?.vm?.power === 'off',
  );
  // One is sent at once, and one of the server's own may fall into this time.
  const most = 3 + (Date.now() - beganAt) / 250;
  expect(toldOf(page.events).length - before).toBeLessThanOrEqual(most);
  page.socket.close();
});

test('actions on a machine postpone the idle limit; reading its window does not', async () => {
  const ahead = { ms: 0 };
  const { reader, act, path } = await serveSession({ ahead });
  const left = async () => (await reader.call<SessionView>('GET', path)).endsInMs;
  ahead.ms += 20_000;
  await act('window');
  expect(await left()).toBeLessThan(41_000);
  await act('power', { action: 'reset' });
  expect(await left()).toBeGreaterThan(41_000);
});

test('a console that was closed can be opened again; further terminals are logins', async () => {
  const { reader, path, engine } = await serveSession();
  const ended = vi.spyOn(engine, 'endTerminal');
  const open = () => reader.call<TerminalView>('POST', `${path}/terminals`, { machine: 'desktop' });
  expect(await open()).toMatchObject({ number: 3, kind: 'shell' });
  await reader.call('DELETE', `${path}/terminals/1`);
  expect(ended).not.toHaveBeenCalled();
  expect(await open()).toMatchObject({ number: 4, kind: 'serial' });
  expect(await reader.call('POST', `${path}/terminals`, { machine: 'box' })).toMatchObject({ kind: 'shell' });
});

test('a machine whose sandbox is gone ends the session, although none of its shells reports it', async () => {
  const engine = createEchoEngine();
  const { reader, path, session } = await serveSession({ engine });
  const vms = engine.vms(session.id);
  vi.spyOn(engine, 'status').mockResolvedValue('stopped');
  vi.spyOn(engine, 'vms').mockReturnValue({ desktop: { ...vms['desktop']!, trouble: 'qemu-lost' } });
  await engine.power(session.id, 'desktop', 'unplug');
  const told = await until(
    () => reader.call<SessionView>('GET', path),
    ({ state }) => state === 'ended',
  );
  expect(told.reason).toBe('machine-died');
});

test('after a restart of the server a session with virtual machines goes on', async () => {
  const { reader, session, restart } = await serveSession();
  const url = await restart();
  const later = new LabReader(url, reader.cookie);
  const path = `/api/sessions/${session.id}`;
  expect(await later.call<SessionView>('GET', path)).toMatchObject({
    state: 'ready',
    machines: [{ vm: { power: 'on' } }, {}],
    terminals: [{ kind: 'serial', state: 'running' }, { kind: 'shell' }],
  });
  const page = await openPage(url, later, session);
  await later.call('POST', `${path}/machines/desktop/power`, { action: 'unplug' });
  await until(
    () => toldOf(page.events).map(desktop).at(-1),
    (told) => told?.vm?.power === 'off',
  );
  page.socket.close();
});

test('a lab file with a mistake in its machine is refused with the place', async () => {
  const { url } = await serve({
    editLabs: (labsDir) => {
      writeLab(labsDir, 'vm-lab');
      writeFileSync(join(labsDir, 'vm-lab/lab.yaml'), vmLabFile.replace('size: 16', 'size: 16, image: box'));
    },
  });
  const lab = await new LabReader(url).call<LabView>('GET', '/api/labs/vm-lab');
  expect(lab).toMatchObject({ state: 'failed', detail: expect.stringMatching(/lab\.yaml:6:13: .*either/) });
});
