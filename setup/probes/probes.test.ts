// What the probes conclude from their findings, and the program that the container probe runs.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../server/config.ts';
import type { HostFacts } from '../../server/machines/podman/host-facts.ts';
import { mendOf } from './container.ts';
import { diskLine } from './disk.ts';
import { probeFileLimits } from './file-limits.ts';
import { kvmLine } from './kvm.ts';
import { memoryLine } from './memory.ts';
import { probeNode } from './node.ts';
import { probePackages } from './packages.ts';
import { probePort } from './port.ts';
import { probeTable } from './probe-table.ts';
import { probeRuntime } from './runtime.ts';
import { exitingProgram } from './tiny-program.ts';
import { rangesOf } from './user-namespaces.ts';

const host: HostFacts = {
  podmanVersion: '5.4.2',
  cgroupMode: 'v2',
  runtime: 'crun',
  runtimePresent: true,
  runtimeVersion: '1.21',
  rootless: false,
  maxOpenFiles: 20_000,
  canLoopMount: true,
  memoryMiB: 8_192,
  unenforced: [],
};
const config = readConfig(['--state-dir', '/nowhere'], {});

test('a program made of bytes ends with status 0', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'tiny-program-'));
  try {
    const file = path.join(dir, 'probe');
    writeFileSync(file, exitingProgram(process.arch));
    chmodSync(file, 0o755);
    expect(execFileSync(file)).toHaveLength(0);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('an unknown processor is named', () => {
  expect(() => exitingProgram('mips')).toThrow('found processor mips, expected one of x64, arm64');
});

test('KVM that does not run a guest is not an error, because emulation is enough', () => {
  expect(kvmLine({ kind: 'kvm', reason: 'KVM ran a guest in 180 ms' })).toMatchObject({ state: 'ok' });
  const line = kvmLine({ kind: 'emulation', reason: 'there is no /dev/kvm' });
  expect(line).toMatchObject({ state: 'warn', found: 'software emulation will be used (there is no /dev/kvm)' });
});

describe('ids of an ordinary user', () => {
  test('enough', () => {
    expect(rangesOf('ana', 1000, 'ana:100000:65536\n', '1000:100000:65536\n').state).toBe('ok');
  });

  test('none: the command names the user', () => {
    const line = rangesOf('ana', 1000, 'bob:100000:65536\n', '');
    expect(line).toMatchObject({ state: 'fail', found: expect.stringContaining('0 ids for ana') });
    expect(line.mend).toContain('usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ana');
  });
});

describe('runtime', () => {
  test('says which limits are lost for an ordinary user on cgroup v1', async () => {
    const line = await probeRuntime({
      config,
      host: {
        ...host,
        rootless: true,
        cgroupMode: 'v1',
        runtime: 'runc',
        unenforced: ['memory', 'cpus', 'pids', 'disk'],
      },
    });
    expect(line.state).toBe('warn');
    expect(line.found).toContain('memory, cpus, pids cannot be limited');
  });

  test('fails without one', async () => {
    expect((await probeRuntime({ config, host: { ...host, runtimePresent: false } })).state).toBe('fail');
  });
});

test('few open files: warn, very few: fail', async () => {
  const states = await Promise.all(
    [4_096, 4_095, 1_024, 1_023].map((maxOpenFiles) => probeFileLimits({ config, host: { ...host, maxOpenFiles } })),
  );
  expect(states.map((line) => line.state)).toEqual(['ok', 'warn', 'warn', 'fail']);
});

test('memory is reported in seats', () => {
  expect(memoryLine(8_192, 1_024).found).toBe('8.0 GiB free: 4 seats for sessions at once');
  expect(memoryLine(2_000, 1_024).state).toBe('warn');
});

test('disk space: too little for the images is a failure', () => {
  expect([12, 11, 5].map((free) => diskLine(free, '/x').state)).toEqual(['ok', 'warn', 'fail']);
});

test('an old Node is named', async () => {
  expect(await probeNode('20.20.2')).toMatchObject({ state: 'fail', mend: 'npm ci' });
});

test('a missing package is reported with its reason and its command', async () => {
  const line = await probePackages([{ anyOf: ['no-such-program'], apt: 'nothing', dnf: 'nothing', why: 'test this' }]);
  expect(line.found).toBe('missing: nothing (to test this)');
  expect(line.mend).toContain('nothing');
});

test('a port in use names the flag', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  const line = await probePort({ config: { ...config, port }, host });
  server.close();
  expect(line).toMatchObject({ state: 'fail', mend: 'npm start -- --port 4322' });
  expect(line.found).toContain(`127.0.0.1:${port} is in use by`);
});

test('for crun on hybrid cgroups the fix is runc', () => {
  expect(mendOf('cgroups in hybrid mode not supported')).toContain('install -y runc');
});

test('the table shows a command below its line', () => {
  expect(
    probeTable([
      { name: 'a', state: 'ok', found: 'fine' },
      { name: 'long', state: 'fail', found: 'gone', mend: 'fix it' },
    ]),
  ).toBe('ok    a     fine\nFAIL  long  gone\n            → fix it');
});
