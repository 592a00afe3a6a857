// Whether a container really starts with the flags that sandboxes get. Uses a made-up image with one tiny program, and no registry.
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { freeIdRange, reserveIdRange } from '../../server/machines/podman/id-slots.ts';
import { machineRunArgs } from '../../server/machines/podman/machine-flags.ts';
import { createPodman, PodmanError, type Podman } from '../../server/machines/podman/podman-command.ts';
import { makeDisk, removeDisk } from '../../server/machines/podman/session-disk.ts';
import { installCommand, sandboxPackages } from '../system-packages.mjs';
import type { ProbeContext, ProbeLine } from './probe.ts';
import { exitingProgram } from './tiny-program.ts';

const name = 'podman';
const imageName = 'localhost/eu-os-labs/probe:1';
/** An import of 200 bytes takes 0.2 s, a start 0.3 s; on a host under full load 8 s were seen. */
const timeoutMs = 30_000;
const machine = { type: 'container' as const, name: 'probe', image: 'probe', memoryMiB: 64, cpus: 0.5, pids: 32 };

export async function probeContainer({ config, host }: ProbeContext): Promise<ProbeLine> {
  if (host.podmanVersion === undefined) {
    const podman = sandboxPackages.filter((item) => item.anyOf.includes('podman'));
    return { name, state: 'fail', found: 'not installed', mend: installCommand(podman) };
  }
  const found = host.podmanVersion;
  if (!host.runtimePresent) return { name, state: 'fail', found: `${found}, but no OCI runtime (see runtime)` };
  try {
    const startedAt = performance.now();
    await startContainer({ config, host });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    return {
      name,
      state: 'ok',
      found: `${found}; a container with a session's limits ran (${seconds} s with its disk)`,
    };
  } catch (failure) {
    const reason =
      failure instanceof PodmanError && failure.timedOut ? `no container in ${timeoutMs / 1000} s` : messageOf(failure);
    return { name, state: 'fail', found: `${found}, but no container starts: ${reason}`, mend: mendOf(reason) };
  }
}

/** @throws {Error} from mkfs, mount or podman, with their own message */
async function startContainer({ config, host }: ProbeContext): Promise<void> {
  await mkdir(config.storageDir, { recursive: true, mode: 0o711 });
  const podman = createPodman({ storageDir: config.storageDir, runtime: host.runtime });
  await ensureImage(podman, config.storageDir);
  const sandboxId = `probe${randomBytes(6).toString('hex')}`;
  const dir = path.join(config.storageDir, 'probes', sandboxId);
  const ids = await reserveIdRange(config.storageDir, sandboxId);
  try {
    const disk = await makeDisk(podman, { dir, sizeMiB: 16, ownerId: ids.hostId, useLoop: host.canLoopMount });
    const args = machineRunArgs(machine, imageName, {
      instance: 'probe',
      // A state directory that exists as long as the container, so that no server takes the container for an orphan.
      stateDir: config.storageDir,
      machineCount: 1,
      diskFolders: [],
      sandboxId,
      lab: 'probe',
      disk,
      host,
      ids,
    });
    // The same flags, but the container is waited for and removed at its end.
    await podman.run([...args.map((arg) => (arg === '--detach' ? '--rm' : arg)), '/probe'], { timeoutMs });
  } finally {
    await removeDisk(podman, dir);
    await freeIdRange(config.storageDir, sandboxId);
  }
}

async function ensureImage(podman: Podman, storageDir: string): Promise<void> {
  const there = await podman.capture(['image', 'exists', imageName], { timeoutMs });
  if (there.exitCode === 0) return;
  const dir = await mkdtemp(path.join(storageDir, 'probe-image-'));
  try {
    await writeFile(path.join(dir, 'probe'), exitingProgram(process.arch), { mode: 0o755 });
    const tar = path.join(dir, 'probe.tar');
    await execa('tar', ['-C', dir, '--owner=0', '--group=0', '--numeric-owner', '-cf', tar, 'probe'], {
      timeout: timeoutMs,
    });
    await podman.run(['import', '--quiet', tar, imageName], { timeoutMs });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message.trim() : String(failure);
}

/** The commands for faults that have been seen; otherwise the one that prints everything podman knows. */
export function mendOf(reason: string): string {
  if (reason.includes('hybrid mode'))
    return installCommand(sandboxPackages.filter((item) => item.anyOf.includes('runc')));
  if (reason.includes('longer than 50 characters')) return 'npm start -- --storage-dir DIR, with a short path for DIR';
  if (/newuidmap|subuid|insufficient UIDs/.test(reason)) return 'podman system migrate, then npm run doctor again';
  if (/mkfs|mount|loop/.test(reason)) return 'modprobe loop';
  return 'podman info --debug';
}
