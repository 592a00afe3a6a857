// Which sandboxes are orphaned, and which have all their containers running; podman's list is simulated.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Podman } from './podman-command.ts';
import {
  machineCountLabel,
  SandboxContainers,
  serverLabel,
  stateDirLabel,
  type ContainerRow,
} from './sandbox-containers.ts';

/** No process on Linux has a number above 2^22. */
const noProcess = '99999999';
let stateDir: string;
beforeEach(() => (stateDir = mkdtempSync(join(tmpdir(), 'containers-'))));
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

function listed(rows: ContainerRow[]): SandboxContainers {
  const podman = { run: () => Promise.resolve(JSON.stringify(rows)) } as unknown as Podman;
  return new SandboxContainers(podman, 'mine');
}
const row = (Id: string, sandbox: string, labels: Record<string, string>): ContainerRow => ({
  Id,
  State: 'running',
  Labels: { 'eu-os-labs.sandbox': sandbox, [serverLabel]: noProcess, ...labels },
});

test('a sandbox is an orphan when its server and the server’s state directory are gone', async () => {
  const gone = join(stateDir, 'gone');
  const containers = listed([
    row('1', 'left', { [stateDirLabel]: gone }),
    row('2', 'left', { [stateDirLabel]: gone }),
    row('3', 'live', { [stateDirLabel]: gone, [serverLabel]: String(process.pid) }),
    row('4', 'kept', { [stateDirLabel]: stateDir }),
    row('5', 'unreadable', { [stateDirLabel]: '/proc/self/cmdline/not-a-folder' }),
    row('6', 'older', {}),
  ]);
  expect(await containers.orphans()).toEqual([{ stateDir: gone, sandboxId: 'left', containers: ['1', '2'] }]);
});

test('a sandbox that has lost one of its containers is not running', () => {
  const of = (...states: string[]) =>
    states.map((State, at) => ({ ...row(String(at), 'a', { [machineCountLabel]: '2' }), State }));
  expect(SandboxContainers.areRunning(of('running', 'running'))).toBe(true);
  expect(SandboxContainers.areRunning(of('running'))).toBe(false);
  expect(SandboxContainers.areRunning(of('running', 'exited'))).toBe(false);
  expect(SandboxContainers.areRunning([{ Id: '1', State: 'running', Labels: null }])).toBe(true);
});
