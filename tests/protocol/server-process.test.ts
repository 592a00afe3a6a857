// The server as a process: what it says when it cannot start, a host without podman, kill -9 and the next server.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LabView, SessionView } from '../../server/protocol/messages.ts';
import { shutdownPtyHost } from '../../server/terminals/pty-host-launcher.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { PageTerminal } from '../support/page-terminal.ts';
import { until, writeLab } from '../support/test-lab-server.ts';
import { startSession } from '../support/test-reader.ts';

const main = join(import.meta.dirname, '../../server/main.ts');
/** For Node and its modules on a busy host. */
const startWithinMs = 20_000;

let stateDir: string;

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'labs-'));
  writeLab(join(stateDir, 'labs'), 'test-lab');
});

afterEach(async () => {
  await shutdownPtyHost(stateDir);
  rmSync(stateDir, { recursive: true, force: true });
});

function run(flags: string[], env: Record<string, string> = {}) {
  const own = [
    '--state-dir',
    stateDir,
    '--labs-dir',
    join(stateDir, 'labs'),
    '--log-level',
    'error',
    '--prepared',
    '0',
  ];
  const child = execa(process.execPath, [main, ...own, ...flags], { env, reject: false, all: true, timeout: 60_000 });
  let output = '';
  child.all.on('data', (data: Buffer) => (output += data.toString()));
  const url = () =>
    until(
      () => /http:\/\/[\w.:]+/.exec(output)?.[0] ?? '',
      (found) => found !== '' || child.exitCode !== null,
      startWithinMs,
    );
  return { child, url };
}

test('a port in use ends it with a message that names port and fix', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const result = await run(['--engine', 'echo', '--port', String(port)], { NODE_ENV: 'test' }).child;
  expect(result.exitCode).toBe(1);
  expect(result.all).toMatch(new RegExp(`port ${port} .*in use.*--port.*LAB_ERR_SETTING`));
  taken.close();
});

test('the engine without isolation is refused', async () => {
  const result = await run(['--engine', 'echo'], { NODE_ENV: 'production' }).child;
  expect(result.exitCode).toBe(1);
  expect(result.all).toContain('no isolation');
});

test('--help lists the settings and starts nothing', async () => {
  const result = await run(['--help']).child;
  expect(result.exitCode).toBe(0);
  expect(result.all).toContain('--sessions-per-reader');
});

test('without podman the whole site is served, and the lab says what is missing', async () => {
  const { child, url } = run(['--port', '0'], { PATH: '/nonexistent' });
  const reader = new LabReader(await url());
  const lab = await until(
    () => reader.call<LabView>('GET', '/api/labs/test-lab'),
    ({ state }) => state !== 'preparing',
  );
  expect(lab).toMatchObject({ state: 'no-engine', detail: expect.stringMatching(/podman is not installed.*install/) });
  await expect(reader.call('POST', '/api/sessions', { lab: 'test-lab' })).rejects.toThrow(/503 LAB_ERR_NO_ENGINE/);
  expect((await fetch(await url())).status).toBeLessThan(500);
  child.kill('SIGTERM');
  expect((await child).exitCode).toBe(0);
});

test('kill -9: the next server has the same sessions, and the command goes on meanwhile', async () => {
  const flags = ['--engine', 'echo', '--port', '0'];
  const first = run(flags, { NODE_ENV: 'test' });
  const { reader, session } = await startSession(await first.url());
  const page = new PageTerminal(1);
  page.use(await reader.openSocket(session));
  page.attach();
  await page.waitForText(/[$#] ?$/);
  page.type('for i in $(seq 60); do echo tick-$i; sleep 0.05; done; echo whole\r');
  await page.waitForText(/tick-3$/m);
  first.child.kill('SIGKILL');
  await first.child;
  const second = run(flags, { NODE_ENV: 'test' });
  const back = new LabReader(await second.url(), reader.cookie);
  expect(await back.call<SessionView>('GET', `/api/sessions/${session.id}`)).toMatchObject({ state: 'ready' });
  page.use(await back.openSocket(session));
  page.attach();
  await page.waitForText(/^whole$/m);
  const ticks = [...page.text().matchAll(/^tick-(\d+)$/gm)].map(([, number]) => Number(number));
  expect(ticks).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  page.disconnect();
  await back.call('DELETE', `/api/sessions/${session.id}`);
  second.child.kill('SIGTERM');
  expect((await second.child).exitCode).toBe(0);
});
