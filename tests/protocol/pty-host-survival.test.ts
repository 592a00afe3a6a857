// What survives what, with real processes: servers are killed, and hosts race for the lock and hang.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostLogPath, hostSocketPath } from '../../server/terminals/host-protocol/host-paths.ts';
import { connectTerminalService } from '../../server/terminals/pty-host-service.ts';
import { ensurePtyHost, shutdownPtyHost } from '../../server/terminals/pty-host-launcher.ts';
import type { TerminalService } from '../../server/terminals/terminal-service.ts';
import { markedShell } from '../support/marked-shell.ts';
import { PageTerminal, pollUntil } from '../support/page-terminal.ts';

const serverPath = fileURLToPath(new URL('../support/terminal-server.ts', import.meta.url));

let stateDir: string;
const services: TerminalService[] = [];
const children: ChildProcess[] = [];
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'labs-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const service of services.splice(0)) await service.disconnect();
  await shutdownPtyHost(stateDir);
  rmSync(stateDir, { recursive: true, force: true });
});

async function connect(idleEndMs = 10_000) {
  const service = await connectTerminalService({ stateDir, idleEndMs });
  services.push(service);
  return service;
}

/** Starts a server process and returns what it printed last. */
function startServer(session: string) {
  const child = spawn(process.execPath, [serverPath, stateDir, session], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  let last = { offset: 0, text: '' };
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    const line = lines.at(-1);
    if (line !== undefined) last = JSON.parse(line) as typeof last;
  });
  return { child, last: () => last };
}

const hostPid = () => Number(/"pid":(\d+)/.exec(readFileSync(hostLogPath(stateDir), 'utf8'))?.[1]);

describe('the pty host', () => {
  it('goes on when the server is killed in the middle of output, and its screen is complete', async () => {
    const server = startServer('survivor');
    await pollUntil(
      () => /lab>/.test(server.last().text),
      () => 'a prompt in the server process',
    );
    server.child.stdin.write('seq 1 400000; echo finished-$((1+1))\r');
    await pollUntil(
      () => server.last().offset > 50_000,
      () => `output, found ${server.last().offset}`,
    );
    server.child.kill('SIGKILL');
    const service = await connect();
    // Although nobody reads, the program goes on: after the first burst slowly, until somebody looks.
    await expect
      .poll(async () => (await service.list('survivor'))[0]?.offset, { timeout: 20_000 })
      .toBeGreaterThan(1_200_000);
    const page = new PageTerminal(1);
    await page.connect(service, 'survivor');
    await page.waitForText(/399999\n400000\nfinished-2\nlab>$/);
    page.type('echo $((6*7))\r');
    await page.waitForText(/^42$/m);
  });

  it('gives a page that returns after the kill exactly what it missed', async () => {
    const first = await connect();
    await first.open({ session: 'page', number: 1, machine: 'm', title: 't', command: markedShell(stateDir) });
    const page = new PageTerminal(1);
    await page.connect(first, 'page');
    await page.waitForText(/lab>/);
    page.type('for i in 1 2 3 4 5 6 7 8 9; do echo line-$i; sleep 0.05; done\r');
    await page.waitForText(/^line-3$/m);
    page.disconnect();
    await first.disconnect();
    const second = await connect();
    await page.connect(second, 'page');
    await page.waitForText(/line-1\nline-2\nline-3\nline-4\nline-5\nline-6\nline-7\nline-8\nline-9\nlab>$/);
    expect(page.snapshots).toBe(1);
  });

  it('is one per directory, however many servers start at once', async () => {
    const all = await Promise.all([connect(), connect(), connect(), connect()]);
    await all[0]?.open({ session: 'one', number: 1, machine: 'm', title: 't', command: markedShell(stateDir) });
    for (const service of all) expect(await service.list()).toHaveLength(1);
    expect(statSync(hostSocketPath(stateDir)).mode & 0o777).toBe(0o600);
  });

  it('ignores hang-up and interrupt, and is not a child of the server', async () => {
    const service = await connect();
    await service.open({ session: 'one', number: 1, machine: 'm', title: 't', command: markedShell(stateDir) });
    process.kill(hostPid(), 'SIGHUP');
    process.kill(hostPid(), 'SIGINT');
    await expect.poll(() => readFileSync(hostLogPath(stateDir), 'utf8')).toMatch(/interrupt ignored/);
    expect(await service.list()).toHaveLength(1);
    // Field 6 of stat is the kernel's session id: the host leads its own.
    expect(readFileSync(`/proc/${hostPid()}/stat`, 'utf8').split(') ')[1]?.split(' ')[3]).toBe(String(hostPid()));
  });

  it('is replaced after it was killed, and servers are told', async () => {
    const service = await connect();
    const events: string[] = [];
    service.onEvent((event) => void events.push(event.type));
    await service.open({ session: 'one', number: 1, machine: 'm', title: 't', command: markedShell(stateDir) });
    const page = new PageTerminal(1);
    await page.connect(service, 'one');
    process.kill(hostPid(), 'SIGKILL');
    await pollUntil(
      () => events.includes('host-lost') && page.closed !== undefined,
      () => 'host-lost and a closed page',
    );
    expect(page.closed?.code).toBe(4500);
    expect(existsSync(hostSocketPath(stateDir))).toBe(true);
    expect(await service.list()).toEqual([]);
  });

  it('ends by itself when it has nothing to do, and not before', async () => {
    const service = await connect(300);
    await service.open({
      session: 'one',
      number: 1,
      machine: 'm',
      title: 't',
      command: { file: 'sh', args: ['-c', 'sleep 60'], env: {} },
    });
    const pid = hostPid();
    await service.disconnect();
    // Nothing may happen in this time, which is twice its limit: there is nothing to poll for.
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(isAlive(pid)).toBe(true);
    const again = await connect(300);
    await again.closeSession('one');
    await again.disconnect();
    await pollUntil(
      () => !isAlive(pid),
      () => 'the host has ended',
    );
  });

  it('ends all programs when it is asked to', async () => {
    const service = await connect();
    const pidFile = join(stateDir, 'pid');
    // Ignores the hang-up, as badly behaved programs do.
    const script = `trap '' HUP; echo $$ > ${pidFile}; while :; do sleep 0.1; done`;
    await service.open({
      session: 'one',
      number: 1,
      machine: 'm',
      title: 't',
      command: { file: 'sh', args: ['-c', script], env: {} },
    });
    await expect.poll(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').trim() !== '').toBe(true);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    expect(await shutdownPtyHost(stateDir)).toBe(true);
    await pollUntil(
      () => !isAlive(pid),
      () => 'the program has ended',
    );
    expect(await shutdownPtyHost(stateDir)).toBe(false);
  });
});

describe('a stream that breaks the protocol', () => {
  it.each([
    ['noise', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['an endless message', Buffer.from([0xff, 0xff, 0xff, 0xff, 1])],
    ['a message before the hello', Buffer.from([0, 0, 0, 2, 1, 0x7b, 0x7d])],
  ])('%s is closed, and the host goes on', async (_name, bytes) => {
    const service = await connect();
    const socket = net.connect(hostSocketPath(stateDir));
    let isClosed = false;
    socket
      .on('close', () => (isClosed = true))
      .on('error', () => undefined)
      .resume();
    socket.write(bytes);
    await pollUntil(
      () => isClosed,
      () => 'closed',
    );
    expect(await service.list()).toEqual([]);
  });
});

describe('a host of another protocol', () => {
  it.each([
    ['without terminals is replaced', 0],
    ['with terminals is left alone', 3],
  ])('%s', async (_name, count) => {
    const oldHost = spawn(process.execPath, ['-e', oldHostScript, hostSocketPath(stateDir), String(count)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(oldHost);
    let said = '';
    oldHost.stdout?.on('data', (data: Buffer) => (said += data.toString()));
    // The socket's file exists a moment before the host listens.
    await pollUntil(
      () => said.includes('listening'),
      () => 'the old host listens',
    );
    if (count === 0) {
      (await ensurePtyHost({ stateDir, idleEndMs: 10_000 })).close();
      expect(oldHost.exitCode).toBe(0);
    } else {
      await expect(ensurePtyHost({ stateDir })).rejects.toThrow(/protocol 0 with 3 terminals.*expected protocol 3/);
      expect(oldHost.exitCode).toBeNull();
      oldHost.kill('SIGKILL');
      await pollUntil(
        () => oldHost.signalCode !== null,
        () => 'the old host has ended',
      );
    }
  });

  it('a file that is not a socket is named', async () => {
    writeFileSync(hostSocketPath(stateDir), '');
    const service = await connect();
    expect(await service.list()).toEqual([]);
  });

  it('a path that is too long for a socket is refused', async () => {
    await expect(ensurePtyHost({ stateDir: `/tmp/${'x'.repeat(120)}` })).rejects.toMatchObject({
      code: 'LAB_ERR_SETTING',
    });
  });
});

// Answers with a welcome of protocol 0, and knows shutdown.
const oldHostScript = `
const [path, count] = process.argv.slice(1);
const send = (socket, value) => {
  const text = Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(text.length);
  head[4] = 1;
  socket.write(Buffer.concat([head, text]));
};
require('node:net').createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', (data) => {
    const text = data.toString();
    if (text.includes('hello')) send(socket, { welcome: { protocol: 0, pid: process.pid, terminals: Number(count), startedAt: 1 } });
    if (text.includes('shutdown')) { send(socket, { id: 1, result: null }); setTimeout(() => process.exit(0), 50); }
  });
}).listen(path, () => console.log('listening'));
`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a pty host that hangs', () => {
  const open = (service: TerminalService) =>
    service.open({ session: 'hung', number: 1, machine: 'box', title: 'box', command: markedShell(stateDir) });
  const isAlive = (pid: number) => existsSync(`/proc/${pid}`);

  it('is noticed, and replaced if it stays silent', async () => {
    const service = await connectTerminalService({ stateDir, idleEndMs: 10_000, heartbeatMs: 40 });
    services.push(service);
    const told: string[] = [];
    service.onEvent(({ type }) => told.push(type));
    await open(service);
    const before = hostPid();
    process.kill(before, 'SIGSTOP');
    await pollUntil(
      () => told.includes('host-silent'),
      () => 'a report of the silence',
    );
    process.kill(before, 'SIGCONT');
    await pollUntil(
      () => told.includes('host-answers'),
      () => 'a report of the answer',
    );
    expect(told).not.toContain('host-lost');
    expect(await service.list('hung')).toHaveLength(1);
    process.kill(before, 'SIGSTOP');
    await pollUntil(
      () => told.includes('host-lost'),
      () => 'a report of the loss',
    );
    await open(service);
    expect(await service.list('hung')).toMatchObject([{ number: 1, state: 'running' }]);
    await pollUntil(
      () => !isAlive(before),
      () => 'the end of the host that hung',
    );
  });

  it('is replaced by a server that finds it, and ended by npm run clean', async () => {
    const first = await connect();
    await open(first);
    await first.disconnect();
    const before = hostPid();
    process.kill(before, 'SIGSTOP');
    const service = await connectTerminalService({ stateDir, idleEndMs: 10_000, silentMs: 0 });
    services.push(service);
    expect(await service.list('hung')).toEqual([]);
    await pollUntil(
      () => !isAlive(before),
      () => 'the end of the host that hung',
    );
    await service.disconnect();
    const second = Number(readFileSync(hostLogPath(stateDir), 'utf8').match(/"pid":(\d+)(?![\s\S]*"pid":)/)?.[1]);
    expect(second).not.toBe(before);
    process.kill(second, 'SIGSTOP');
    expect(await shutdownPtyHost(stateDir, 0)).toBe(true);
    await pollUntil(
      () => !isAlive(second),
      () => 'the end of the second host',
    );
  });
});
