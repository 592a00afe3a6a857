// One reader's sandbox misbehaves on a real server: its reader is told, and another reader's terminal and checks keep answering.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckResult, SessionView } from '../../server/protocol/messages.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { PageTerminal } from '../support/page-terminal.ts';
import { ServerProcess } from '../support/server-process.ts';
import { until } from '../support/test-lab-server.ts';

/** Small limits, so that what exceeds them is stopped within a second or two. */
const labFile = `title: Small lab
machines:
  - { name: workstation, image: workstation, memory: 384, cpus: 1, pids: 150 }
disk: 128
terminals:
  - machine: workstation
checks:
  - { id: passes }
  - { id: hangs, timeout: 2 }
  - { id: no-process-of-hangs }
`;
const checks = {
  passes: '#!/bin/sh\nexit 0\n',
  // Ignores the first signal, and has a child that has left its group.
  hangs: '#!/bin/bash\ntrap "" TERM HUP\nsleep 4711 &\nsleep 4711\nsleep 4711\n',
  'no-process-of-hangs': '#!/bin/sh\n! pgrep -f "^sleep 4711" >/dev/null\n',
};

/** Limit on two busy processors; on idle ones it takes 0.01 s. */
const answerWithinMs = 10_000;

function writeLab(): string {
  const labsDir = mkdtempSync(join(tmpdir(), 'labs-dir-'));
  mkdirSync(join(labsDir, 'images/workstation'), { recursive: true });
  mkdirSync(join(labsDir, 'small/checks'), { recursive: true });
  writeFileSync(join(labsDir, 'small/lab.yaml'), labFile);
  for (const [name, script] of Object.entries(checks)) {
    writeFileSync(join(labsDir, 'small/checks', name), script);
    chmodSync(join(labsDir, 'small/checks', name), 0o755);
  }
  return labsDir;
}

const labsDir = writeLab();
let server: ServerProcess;

afterAll(() => rmSync(labsDir, { recursive: true, force: true }));

interface Reader {
  reader: LabReader;
  session: SessionView;
  page: PageTerminal;
  check(id: string): Promise<CheckResult>;
}

async function newReader(): Promise<Reader> {
  const { reader, session } = await server.startSession(server.url, 'small');
  const page = new PageTerminal(1, 100, 30);
  page.use(await reader.openSocket(session));
  page.attach();
  await page.waitForText(/[$#] ?$/);
  const check = (id: string) => reader.call<CheckResult>('POST', `/api/sessions/${session.id}/checks/${id}`, {});
  return { reader, session, page, check };
}

describe('beside a reader who is working', () => {
  let calm: Reader;
  let wild: Reader;
  let last = 0;

  beforeAll(async () => {
    server = await ServerProcess.start({ flags: ['--labs-dir', labsDir, '--seats', '4'] });
    calm = await newReader();
    wild = await newReader();
  });

  afterAll(async () => {
    for (const each of [calm, wild]) each?.page.disconnect();
    await server?.[Symbol.asyncDispose]();
  });

  /** The other reader's keystrokes, check and API answer several times while the wild one goes on. */
  async function calmIsServed() {
    for (let round = 0; round < 3; round += 1) {
      last += 1;
      calm.page.type(`echo answer-$((${last}+0))\r`);
      await calm.page.waitForText(new RegExp(`^answer-${last}$`, 'm'), answerWithinMs);
      expect(await calm.check('passes')).toMatchObject({ outcome: 'passed' });
    }
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  }

  test('an allocation beyond the limit is killed, and its reader has a prompt again', async () => {
    const run = wild.page.runBlock('test#grab', 'python3 -c "x = bytearray(2 * 1024**3)"', 60_000);
    await calmIsServed();
    // 137: killed by the kernel.
    expect(await run).toMatchObject({ state: 'done', exitStatus: 137 });
    expect(await wild.check('passes')).toMatchObject({ outcome: 'passed' });
  });

  test('a full disk is reported, affects nobody else, and a check still gives its verdict', async () => {
    const run = wild.page.runBlock('test#fill', 'head -c 1G /dev/zero > ~/big', 60_000);
    await calmIsServed();
    expect(await run).toMatchObject({ state: 'done', exitStatus: 1 });
    await wild.page.waitForText(/No space left on device/);
    expect(await wild.check('passes')).toMatchObject({ outcome: 'passed' });
    expect(await calm.page.runBlock('test#room', 'head -c 5M /dev/zero > ~/small')).toMatchObject({ exitStatus: 0 });
    expect(await wild.page.runBlock('test#empty', 'rm ~/big')).toMatchObject({ exitStatus: 0 });
  });

  test('a check that hangs is ended at its limit with everything that it started, and holds up nobody', async () => {
    const hanging = wild.check('hangs');
    await calmIsServed();
    const result = await hanging;
    expect(result).toMatchObject({ outcome: 'timed-out' });
    expect(result.durationMs).toBeLessThan(12_000);
    await until(
      () => wild.check('no-process-of-hangs'),
      ({ outcome }) => outcome === 'passed',
    );
  });

  test('endless output of one reader does not make the other wait', async () => {
    wild.page.type('yes | head -c 200M\r');
    await calmIsServed();
    wild.page.request({ type: 'interrupt', terminal: 1 });
  });

  // Last, because the bomb takes everything that its sandbox has.
  test('a fork bomb ends at the limit of processes; its reader can end the lab and start again', async () => {
    // Children that stay: the classic bomb's die and come back, so now and then a process would be free for the check.
    const lines = ['import os, time', 'while True:', ' try:', '  if os.fork() == 0: time.sleep(999)'];
    lines.push(' except OSError as e: print(e.strerror, flush=True); time.sleep(1)');
    wild.page.type(`\rpython3 -c $'${lines.join('\\n')}'\r`);
    await wild.page.waitForText(/Resource temporarily unavailable/, 30_000);
    await calmIsServed();
    // No process is left for a check: that is reported as such, not as a verdict.
    await expect(wild.check('passes')).rejects.toThrow(/LAB_ERR_EXEC/);
    await wild.reader.call('DELETE', `/api/sessions/${wild.session.id}`);
    await until(
      () => wild.reader.call<SessionView>('GET', `/api/sessions/${wild.session.id}`),
      ({ state }) => state === 'ended',
      60_000,
    );
    const again = await newReader();
    expect(await again.check('passes')).toMatchObject({ outcome: 'passed' });
    again.page.disconnect();
  });
});

test('a podman that cannot start containers: the reader is told why, nothing is left behind, and it works once that is fixed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'labs-runtime-'));
  const broken = join(directory, 'runtime');
  const runtimes = (path: string) => ['runc', 'crun'].map((name) => `${name} = ["${path}"]`).join('\n');
  const config = join(directory, 'containers.conf');
  writeFileSync(broken, '#!/bin/sh\necho "the runtime is broken" >&2\nexit 1\n', { mode: 0o755 });
  const breakRuntime = () => writeFileSync(config, `[engine.runtimes]\n${runtimes(broken)}\n`);
  breakRuntime();
  server = await ServerProcess.start({
    flags: ['--labs-dir', labsDir, '--seats', '4'],
    env: { CONTAINERS_CONF: config },
  });
  try {
    const reader = new LabReader(server.url);
    const start = async () => {
      const { id } = await reader.call<SessionView>('POST', '/api/sessions', { lab: 'small' });
      return until(
        () => reader.call<SessionView>('GET', `/api/sessions/${id}`),
        ({ state }) => state === 'ready' || state === 'failed',
        60_000,
      );
    };
    const failed = await start();
    expect(failed).toMatchObject({ state: 'failed', reason: 'start-failed', detail: expect.stringMatching(/runtime/) });
    expect((await fetch(server.url)).status).toBeLessThan(500);
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(failed.id);
    expect(readdirSync(join(server.stateDir, 'sessions'))).toEqual([]);
    writeFileSync(config, '[engine]\n');
    const started = await start();
    expect(started).toMatchObject({ state: 'ready' });
    const page = new PageTerminal(1);
    page.use(await reader.openSocket(started));
    page.attach();
    await page.waitForText(/[$#] ?$/);
    breakRuntime();
    const check = () => reader.call<CheckResult>('POST', `/api/sessions/${started.id}/checks/passes`, {});
    await expect(check()).rejects.toThrow(/503 LAB_ERR_EXEC.*workstation cannot be reached/);
    // What is already running needs no runtime.
    expect(await page.runBlock('test#still', 'echo still here')).toMatchObject({ exitStatus: 0 });
    writeFileSync(config, '[engine]\n');
    expect(await check()).toMatchObject({ outcome: 'passed' });
    page.disconnect();
  } finally {
    await server[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  }
});
