// A sandbox's disk: a sparse ext4 file, loop-mounted, so that its size is a hard limit; a plain folder where that is not possible.
import { chown, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../closed-files.ts';
import { startProgram } from '../../start-program.ts';
import type { Podman } from './podman-command.ts';
import { removeTree } from './remove-tree.ts';

/** mkfs and mount of a sparse file take 0.05 s; after ten seconds the host's disk must be stuck. */
const commandTimeoutMs = 10_000;
/** umount's exit status for a path that is not a mount point, or does not exist (umount(8)). */
const notMounted = 32;

export interface SessionDisk {
  /** What to bind-mount at /disk in the machines. */
  path: string;
  /** True when the size is enforced by a file system of its own. */
  limited: boolean;
  sizeMiB: number;
}

export interface DiskRequest {
  /** The sandbox's own folder: made here, and removed with everything in it by `removeDisk`. */
  dir: string;
  sizeMiB: number;
  /** Id, as in `IdRange`, that owns the disk's root folder. */
  ownerId: number;
  /** False where loop devices cannot be used (rootless): then there is no limit. */
  useLoop: boolean;
}

/** @throws {Error} from mkfs.ext4 or mount, with their own message. */
export async function makeDisk(podman: Podman, { dir, sizeMiB, ownerId, useLoop }: DiskRequest): Promise<SessionDisk> {
  const path = join(dir, 'disk');
  // All sandboxes' folders are in one that no other user of the host may enter.
  await makeFolder(dirname(dir), 0o700);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await makeFolder(path, 0o711);
  if (!useLoop) {
    if (process.getuid?.() === 0) await chown(path, ownerId, ownerId);
    // Ids of an ordinary user's containers exist only in podman's user namespace.
    else await podman.run(['unshare', 'chown', `${ownerId}:${ownerId}`, path], { timeoutMs: commandTimeoutMs });
    return { path, limited: false, sizeMiB };
  }
  const image = join(dir, 'disk.img');
  const file = await open(image, 'w', 0o600);
  await file.truncate(sizeMiB * 1024 * 1024);
  await file.close();
  // No journal: the disk does not outlive the session. Lazy tables: making it costs a few kilobytes.
  const options = `lazy_itable_init=1,root_owner=${ownerId}:${ownerId}`;
  await startProgram('mkfs.ext4', ['-qF', '-m', '0', '-O', '^has_journal', '-E', options, image], {
    timeout: commandTimeoutMs,
  });
  await startProgram('mount', ['-o', 'loop,nosuid,nodev', image, path], { timeout: commandTimeoutMs });
  return { path, limited: true, sizeMiB };
}

/** Unmounts and removes a sandbox's folder. A missing one is not an error. */
export async function removeDisk(podman: Podman, dir: string): Promise<void> {
  // An ordinary user mounts nothing.
  if (process.getuid?.() === 0) await unmount(join(dir, 'disk'));
  await removeTree(podman, dir);
}

async function unmount(path: string): Promise<void> {
  // Asking first would be a race: the list of mounts changes while it is read. The unmount is lazy: a dying container may
  // hold the mount for a moment longer, and the loop device goes with its last user.
  const result = await startProgram('umount', ['-l', path], { timeout: commandTimeoutMs, reject: false });
  if (result.failed && result.exitCode !== notMounted)
    throw new Error(`${path}: ${result.stderr || result.shortMessage}`);
}
