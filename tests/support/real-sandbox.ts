// Real sandboxes for tests: the podman engine with the host's image storage and the test's own state directory.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../server/config.ts';
import type { ContainerSpec, Engine, ExecResult, SandboxSpec } from '../../server/machines/engine.ts';
import { createPodmanEngine } from '../../server/machines/podman/podman-engine.ts';

/** Small on purpose: whatever exceeds it must be stopped within a second or two. */
export const testMachine: ContainerSpec = {
  type: 'container',
  name: 'workstation',
  image: 'workstation',
  memoryMiB: 512,
  cpus: 1,
  pids: 200,
};

/** Small enough to fill in a second. */
export const testDiskMiB = 256;

export interface RealSandboxes {
  engine: Engine;
  stateDir: string;
  /** Starts a sandbox and waits until its services are up. @returns its id */
  start(
    overrides?: Partial<ContainerSpec>,
    sandbox?: Partial<Pick<SandboxSpec, 'filesDir' | 'diskMiB'>>,
  ): Promise<string>;
  /** Runs a shell script in it. */
  sh(id: string, script: string, timeoutMs?: number): Promise<ExecResult>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Missing images are built first, so the first call may take minutes. @throws {Error} without a working podman. */
export async function openRealSandboxes(): Promise<RealSandboxes> {
  const { storageDir } = readConfig([], process.env);
  const stateDir = await mkdtemp(join(tmpdir(), 'eu-os-labs-test-'));
  const engine = createPodmanEngine({ stateDir, storageDir });
  const missing = await engine.open();
  if (missing !== undefined) throw new Error(missing);
  await engine.prepareImage(testMachine.image, () => undefined, new AbortController().signal);
  const sh: RealSandboxes['sh'] = (id, script, timeoutMs = 30_000) =>
    engine.exec(id, {
      machine: testMachine.name,
      argv: ['bash', '-c', script],
      timeoutMs,
      maxOutputBytes: 1024 * 1024,
    });
  return {
    engine,
    stateDir,
    sh,
    async start(overrides = {}, sandbox = {}) {
      const id = randomBytes(8).toString('hex');
      const machines = [{ ...testMachine, ...overrides }];
      const spec = { id, lab: 'test', machines, diskMiB: testDiskMiB, ...sandbox };
      await engine.start(spec, new AbortController().signal);
      const ready = await sh(id, 'until [ -e /run/lab/ready ]; do sleep 0.02; done');
      if (ready.exitCode !== 0) throw new Error(`the sandbox did not become ready: ${ready.stderr}`);
      return id;
    },
    async [Symbol.asyncDispose]() {
      for (const id of await engine.list()) await engine.stop(id);
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
