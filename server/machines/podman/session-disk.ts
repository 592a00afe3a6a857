// A sandbox's disk: a sparse ext4 file, loop-mounted, so that its size is a hard limit; a plain folder where that cannot be.
import { chmod, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** mkfs and mount of a sparse file take 0.05 s; ten seconds mean that the host's disk is stuck. */
const commandTimeoutMs = 10_000;

export interface SessionDisk {
  /** What to bind-mount at /disk in the machines. */
  path: string;
  /** True when the size is enforced by a file system of its own. */
  limited: boolean;
}

export interface DiskRequest {
  /** The sandbox's own folder; it is made, and removed with everything in it by `removeDisk`. */
  dir: string;
  sizeMiB: number;
  /** Host id that owns the disk's root folder. */
  ownerId: number;
  /** False where loop devices cannot be used (rootless): then there is no limit. */
  useLoop: boolean;
}

/** @throws {Error} from mkfs.ext4 or mount, with their own message. */
export async function makeDisk({ dir, sizeMiB, ownerId, useLoop }: DiskRequest): Promise<SessionDisk> {
  const path = join(dir, 'disk');
  await mkdir(path, { recursive: true, mode: 0o711 });
  if (!useLoop) {
    // Rootless podman maps the folder's owner to root in the machine.
    await chmod(path, 0o755);
    return { path, limited: false };
  }
  const image = join(dir, 'disk.img');
  const file = await open(image, 'w', 0o600);
  await file.truncate(sizeMiB * 1024 * 1024);
  await file.close();
  // No journal: the disk does not outlive the session. Lazy tables: making it costs a few kilobytes.
  const options = `lazy_itable_init=1,root_owner=${ownerId}:${ownerId}`;
  await execa('mkfs.ext4', ['-qF', '-m', '0', '-O', '^has_journal', '-E', options, image], {
    timeout: commandTimeoutMs,
  });
  await execa('mount', ['-o', 'loop,nosuid,nodev', image, path], { timeout: commandTimeoutMs });
  return { path, limited: true };
}

/** Unmounts and removes a sandbox's folder. What is not there is no error. */
export async function removeDisk(dir: string): Promise<void> {
  const path = join(dir, 'disk');
  if (await isMountPoint(path)) {
    // Lazy: a dying container may hold the mount for a moment longer; the loop device goes with its last user.
    await execa('umount', ['-l', path], { timeout: commandTimeoutMs });
  }
  await rm(dir, { recursive: true, force: true });
}

async function isMountPoint(path: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  // The kernel writes spaces in paths as \040.
  const escaped = path.replaceAll(' ', '\\040');
  return mounts.split('\n').some((line) => line.split(' ')[1] === escaped);
}
