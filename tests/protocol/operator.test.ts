// npm run sessions with a real server process, running, killed and silent: the operator sees all sessions and ends single ones.
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { operatorSocketPath } from '../../server/http/operator-socket.ts';
import type { SessionView } from '../../server/protocol/messages.ts';
import type { OperatorSession } from '../../server/sessions/operator-sessions.ts';
import { HostControl } from '../../server/terminals/host-control.ts';
import { hostSocketPath } from '../../server/terminals/host-protocol/host-paths.ts';
import { shutdownPtyHost } from '../../server/terminals/pty-host-launcher.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { until, vmLabFile, writeLab } from '../support/test-lab-server.ts';
import { openRawSocket, startSession } from '../support/test-reader.ts';

const root = join(import.meta.dirname, '../..');
const env = { NODE_ENV: 'test' };
/** For Node and its modules on a busy host. */
const withinMs = 60_000;

let stateDir: string;
let flags: string[];

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'labs-'));
  const labsDir = join(stateDir, 'labs');
  writeLab(labsDir, 'test-lab');
  writeLab(labsDir, 'vm-lab', vmLabFile);
  flags = ['--engine', 'echo', '--state-dir', stateDir, '--labs-dir', labsDir];
});

afterEach(async () => {
  await shutdownPtyHost(stateDir);
  rmSync(stateDir, { recursive: true, force: true });
});

async function serve(more: string[] = []) {
  const own = ['--port', '0', '--log-level', 'error', '--prepared', '0', '--sessions-per-address', '100', ...more];
  const argv = [join(root, 'server/main.ts'), ...flags, ...own];
  const child = execa(process.execPath, argv, { env, reject: false, all: true });
  let output = '';
  child.all.on('data', (data: Buffer) => (output += data.toString()));
  const url = await until(
    () => /http:\/\/[\w.:]+/.exec(output)?.[0] ?? '',
    (found) => found !== '' || child.exitCode !== null,
    withinMs,
  );
  // The address is printed when the server listens, a moment before the operator's socket exists.
  await until(
    () => existsSync(operatorSocketPath(stateDir)),
    (isThere) => isThere,
  );
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await child;
  };
  return { url, [Symbol.asyncDispose]: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

/** Runs the command as an operator does in another terminal. */
async function sessions(...args: string[]): Promise<{ exitCode: number | undefined; text: string }> {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const rest = args.filter((arg) => arg.startsWith('-'));
  const argv = [join(root, 'setup/sessions.ts'), ...words, ...rest, ...flags];
  const { exitCode, all } = await execa(process.execPath, ['--disable-warning=ExperimentalWarning', ...argv], {
    env,
    reject: false,
    all: true,
    timeout: withinMs,
  });
  return { exitCode, text: all };
}

const list = async () => JSON.parse((await sessions('--json')).text) as OperatorSession[];

async function terminalsOf(session: string): Promise<number> {
  const host = await HostControl.connect(hostSocketPath(stateDir));
  try {
    return ((await host?.control.request('list', { session })) as unknown[] | undefined)?.length ?? 0;
  } finally {
    host?.control.close();
  }
}

test('lists every reader’s sessions with what distinguishes them, and ends the named one', async () => {
  await using server = await serve();
  const [first, second] = [await startSession(server.url), await startSession(server.url, 'vm-lab')];
  const page = openRawSocket(server.url, first.session.id, { cookie: first.reader.cookie, origin: server.url });
  await until(
    () => page.events.length,
    (count) => count > 0,
  );
  const rows = await list();
  expect(rows).toMatchObject([
    { id: first.session.id, lab: 'test-lab', state: 'ready', machines: ['box'], viewers: 1 },
    { id: second.session.id, lab: 'vm-lab', state: 'ready', machines: ['desktop (ready)', 'box'], viewers: 0 },
  ]);
  expect(rows[0]?.reader).toMatch(/^[0-9a-f]{8}$/);
  expect(first.reader.cookie).toContain(rows[0]?.reader);
  expect(rows[0]?.reader).not.toBe(rows[1]?.reader);
  for (const { ageMs, idleMs, endsInMs } of rows) {
    expect(ageMs).toBeLessThan(withinMs);
    expect(idleMs).toBeLessThan(withinMs);
    expect(endsInMs).toBeGreaterThan(0);
  }
  expect((await sessions()).text).toMatch(
    new RegExp(`^ID +LAB .*\n${first.session.id} +test-lab +ready .*\n.*\nTo end one: npm run sessions -- end ID$`),
  );

  expect(await sessions('end', first.session.id)).toEqual({ exitCode: 0, text: `Ended: ${first.session.id}` });
  expect((await page.closed).code).toBe(4410);
  expect(page.events.at(-1)).toMatchObject({ type: 'session', session: { reason: 'by-operator' } });
  expect((await list()).map(({ id }) => id)).toEqual([second.session.id]);
  expect(await second.reader.call<SessionView>('GET', `/api/sessions/${second.session.id}`)).toMatchObject({
    state: 'ready',
  });
  expect(await sessions('end', first.session.id)).toEqual({
    exitCode: 1,
    text: `Not ended: ${first.session.id}: there is no session ${first.session.id}, or no longer\nnpm run sessions lists what there is.`,
  });
}, 120_000);

test('--all ends those that wait as well, and none of them gets the seat of another', async () => {
  await using server = await serve(['--seats', '1']);
  const first = await startSession(server.url);
  const waiting = new LabReader(server.url);
  const { id } = await waiting.call<SessionView>('POST', '/api/sessions', { lab: 'test-lab' });
  const { text } = await sessions('end', '--all');
  expect(text.split('\n')).toEqual([`Ended: ${id}`, `Ended: ${first.session.id}`]);
  expect((await sessions()).text).toBe('No reader has a session.');
  expect((await sessions('end', '--all')).text).toBe('No reader has a session: there is nothing to end.');
  const ended = await waiting.call<SessionView>('GET', `/api/sessions/${id}`);
  expect(ended).toMatchObject({ state: 'ended', reason: 'by-operator' });
}, 120_000);

test('only this user can reach the socket, and the port does not offer its commands', async () => {
  await using server = await serve();
  const { session } = await startSession(server.url);
  expect(statSync(dirname(operatorSocketPath(stateDir))).mode & 0o777).toBe(0o700);
  const headers = { origin: server.url };
  for (const path of ['/sessions', '/operator/sessions', `/sessions/${session.id}`]) {
    expect((await fetch(server.url + path)).headers.get('content-type')).not.toContain('json');
    expect((await fetch(server.url + path, { method: 'DELETE', headers })).status).toBeGreaterThanOrEqual(400);
  }
  expect(await list()).toHaveLength(1);
}, 120_000);

test('after kill -9: what is left is listed and ended without a server, and the next server tells the reader', async () => {
  const server = await serve();
  const [first, second] = [await startSession(server.url), await startSession(server.url)];
  await server.kill();
  const { text } = await sessions();
  expect(text).toContain(`No server runs with the state directory ${stateDir}. Left by the last one:\nID `);
  expect((await list()).map(({ id, state, viewers }) => ({ id, state, viewers }))).toEqual([
    { id: first.session.id, state: 'ready', viewers: undefined },
    { id: second.session.id, state: 'ready', viewers: undefined },
  ]);
  expect(await terminalsOf(first.session.id)).toBe(1);

  expect(await sessions('end', first.session.id)).toEqual({ exitCode: 0, text: `Ended: ${first.session.id}` });
  expect(await terminalsOf(first.session.id)).toBe(0);
  expect(await terminalsOf(second.session.id)).toBe(1);
  expect(readdirSync(join(stateDir, 'echo'))).toEqual([second.session.id]);

  await using next = await serve();
  const view = async ({ reader, session }: typeof first) =>
    new LabReader(next.url, reader.cookie).call<SessionView>('GET', `/api/sessions/${session.id}`);
  expect(await view(first)).toMatchObject({ state: 'ended', reason: 'by-operator' });
  expect(await view(second)).toMatchObject({ state: 'ready' });
}, 120_000);

test('a sandbox that no session has is listed and ended with the rest', async () => {
  const server = await serve(['--prepared', '1']);
  const { session } = await startSession(server.url);
  const sandboxes = () => readdirSync(join(stateDir, 'echo'));
  await until(sandboxes, (found) => found.length >= 2);
  await server.kill();
  const prepared = sandboxes().filter((id) => id !== session.id);
  const { text } = await sessions();
  for (const id of prepared) expect(text).toMatch(new RegExp(`^${id} +– +prepared `, 'm'));
  expect((await sessions('end', '--all')).exitCode).toBe(0);
  expect(sandboxes()).toEqual([]);
}, 120_000);

test('a server that does not answer, and a directory without a server: each is reported with the fix', async () => {
  expect(await sessions()).toEqual({
    exitCode: 1,
    text: `no server has kept sessions in ${stateDir}; name the state directory of yours with --state-dir`,
  });
  await using _server = await serve();
  rmSync(operatorSocketPath(stateDir));
  const { exitCode, text } = await sessions();
  expect(exitCode).toBe(1);
  expect(text).toMatch(/state\.sqlite is in use, but no server answers: .*restart it/);
}, 120_000);
