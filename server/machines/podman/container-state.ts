// A container machine's part of a saved state: its disk as one file. Programs in the image pack and unpack; this file calls them.
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { startProgram } from '../../start-program.ts';
import { podmanWorkDir, type Podman } from './podman-command.ts';

/** A gigabyte took 12 s on two busy cores; a slow disk may need ten times that. */
const packTimeoutMs = 5 * 60_000;
/** Unpacking takes as long; a sandbox's services come within a second after it. */
const unpackTimeoutMs = 5 * 60_000;

/** Name of the file in the state's folder. */
export function diskFile(machine: string): string {
  return `${machine}.tar`;
}

/** Flags of `podman run` by which the machine's init finds the state; it sees nothing else of the folder. */
export function containerStateArgs(stateDir: string, machine: string): string[] {
  return ['--volume', `${join(stateDir, diskFile(machine))}:/lab/state/disk.tar:ro`];
}

/**
 * Packs a running machine's /disk. Processes are not included: a machine that starts from it is like one that was switched
 * off and on again.
 * @throws {Error} with the last message of the machine's own tar, for example that this host's disk is full
 */
export async function packContainer(podman: Podman, container: string, dir: string, machine: string): Promise<void> {
  await startProgram('podman', [...podman.globalArgs(), 'exec', container, '/usr/lib/lab/save-disk'], {
    cwd: podmanWorkDir(podman.place),
    stdin: 'ignore',
    stdout: { file: join(dir, diskFile(machine)) },
    timeout: packTimeoutMs,
    forceKillAfterDelay: 2_000,
  });
  // Machines read it, under other ids.
  await chmod(join(dir, diskFile(machine)), 0o644);
}

/**
 * Waits until a machine that was started from a state has its disk back.
 * @throws {Error} when it ended instead, which happens when its disk is too small or the file is damaged
 */
export async function untilUnpacked(podman: Podman, container: string, signal: AbortSignal): Promise<void> {
  const wait = 'until [ -e /run/lab/ready ]; do sleep 0.05; done';
  try {
    await podman.run(['exec', container, 'sh', '-c', wait], { timeoutMs: unpackTimeoutMs, signal });
  } catch (failure) {
    const message = failure instanceof Error ? failure.message : String(failure);
    throw new Error(`its saved disk could not be unpacked, or it was not ready in time after that: ${message}`, {
      cause: failure,
    });
  }
}
