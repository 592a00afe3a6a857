// Connections that are opened and never used: they take neither the server nor its other readers down.
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shutdownPtyHost } from '../../server/terminals/pty-host-launcher.ts';
import { startTestLabServer, until, writeLab } from '../support/test-lab-server.ts';
import { openRawSocket, startSession } from '../support/test-reader.ts';

const main = join(import.meta.dirname, '../../server/main.ts');
/** Enough for the server itself; with half of it for connections, one address gets 75. */
const files = 300;
const crowd = 600;
/** Ten seconds are what a connection has for its headers, two those between two looks, the rest is for a busy host. */
const silentEndsWithinMs = 30_000;

let stateDir: string;
let silent: Socket[];

beforeEach(() => {
  silent = [];
  stateDir = mkdtempSync(join(tmpdir(), 'labs-'));
  writeLab(join(stateDir, 'labs'), 'test-lab');
});

afterEach(async () => {
  for (const socket of silent) socket.destroy();
  await shutdownPtyHost(stateDir);
  rmSync(stateDir, { recursive: true, force: true });
});

/** Opens a connection that says nothing. @returns whether it is still open */
function openSilent(url: string): () => boolean {
  let isOpen = true;
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined).on('close', () => (isOpen = false));
  socket.resume();
  silent.push(socket);
  return () => isOpen;
}

/** From another address of this host. @returns the status, 0 without an answer */
function askFromElsewhere(url: string): Promise<number> {
  return new Promise((resolve) => {
    const call = request(`${url}/health`, { localAddress: '127.0.0.2', timeout: 5_000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on('timeout', () => call.destroy()).on('error', () => resolve(0));
    call.end();
  });
}

test('more idle connections than the server may have files: other addresses are served, and it lives', async () => {
  const flags = ['--state-dir', stateDir, '--labs-dir', join(stateDir, 'labs'), '--engine', 'echo', '--port', '0'];
  const server = ['sh', '-c', `ulimit -n ${files}; exec "$@"`, 'sh', process.execPath, main, ...flags];
  const [file = '', ...args] = server;
  const child = execa(file, args, { env: { NODE_ENV: 'test' }, reject: false, all: true, timeout: 90_000 });
  let output = '';
  child.all.on('data', (data: Buffer) => (output += data.toString()));
  const url = await until(
    () => /http:\/\/[\w.:]+/.exec(output)?.[0] ?? '',
    (found) => found !== '' || child.exitCode !== null,
    20_000,
  );
  const open = Array.from({ length: crowd }, () => openSilent(url));
  const stillOpen = () => open.filter((isOpen) => isOpen()).length;
  await until(stillOpen, (count) => count <= files / 4);
  expect(await askFromElsewhere(url)).toBe(200);
  expect(output).toContain('connections are refused');
  for (const socket of silent) socket.destroy();
  child.kill('SIGTERM');
  expect((await child).exitCode).toBe(0);
}, 90_000);

test('a silent connection is cut soon; a lab’s socket on which nothing happens is not', async () => {
  await using server = await startTestLabServer();
  const { reader, session } = await startSession(server.url);
  const page = openRawSocket(server.url, session.id, { cookie: reader.cookie, origin: server.url });
  await until(
    () => page.events.length,
    (count) => count > 0,
  );
  const isOpen = openSilent(server.url);
  await until(isOpen, (open) => !open, silentEndsWithinMs);
  expect(page.socket.readyState).toBe(page.socket.OPEN);
  page.socket.close();
}, 60_000);
