// The encryption lab's desktop for tests: clones of the booted machine that its sessions start from.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { readLab } from '../../labs/read-lab.ts';
import { readConfig } from '../../server/config.ts';
import type { Engine, ExecResult } from '../../server/machines/engine.ts';
import { createPodmanEngine } from '../../server/machines/podman/podman-engine.ts';
import type { VmView } from '../../server/protocol/messages.ts';
import { labMachines } from '../../server/sessions/lab-machines.ts';

/** A boot under emulation takes a minute on two cores; a host that is building beside it was seen at seven. */
export const bootTimeoutMs = 15 * 60_000;
const machine = 'desktop';

export interface Desktops {
  engine: Engine;
  start(diskMiB?: number): Promise<string>;
  view(id: string): VmView;
  /** Waits until the machine's view fulfils the check. */
  until(id: string, check: (view: VmView) => void): Promise<void>;
  sh(id: string, script: string, timeoutMs?: number): Promise<ExecResult>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The first call may have to build images and boot the desktop once: minutes. */
export async function openDesktops(): Promise<Desktops> {
  const { storageDir, labsDir } = readConfig([], process.env);
  const lab = labMachines(readLab(join(labsDir, 'encrypt-disk')));
  const stateDir = await mkdtemp(join(tmpdir(), 'eu-os-labs-test-'));
  const engine = createPodmanEngine({ stateDir, storageDir });
  const missing = await engine.open();
  if (missing !== undefined) throw new Error(missing);
  await engine.prepare(lab, () => undefined, new AbortController().signal);
  const view = (id: string) => {
    const found = engine.vms(id)[machine];
    if (found === undefined) throw new Error('the desktop is not known');
    return found;
  };
  return {
    engine,
    view,
    async start(diskMiB = lab.diskMiB) {
      const id = randomBytes(8).toString('hex');
      await engine.start({ ...lab, diskMiB, id }, new AbortController().signal);
      return id;
    },
    until: (id, check) => vi.waitFor(() => check(view(id)), { timeout: bootTimeoutMs, interval: 100 }),
    sh: (id, script, timeoutMs = 120_000) =>
      engine.exec(id, { machine, argv: ['bash', '-c', script], timeoutMs, maxOutputBytes: 65_536 }),
    async [Symbol.asyncDispose]() {
      for (const id of await engine.list()) await engine.stop(id);
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
