// Removes files and folders that the product made, by name, so that a folder shared with other programs keeps everything else.
import { lstat, readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';

/** What the server and its pty host keep in the state directory. */
export const stateEntries = [
  'state.sqlite',
  'state.sqlite-shm',
  'state.sqlite-wal',
  'cookie-secret',
  'server.json',
  'operator',
  'sessions',
  'logs',
  'storage',
];

/** What podman, the image builder and the probes keep in the storage directory. */
export const storageEntries = [
  'root',
  'run',
  'slots',
  'private',
  'users',
  'probes',
  'build',
  'authority',
  'authority.new',
  'login',
  'login.new',
  'devices',
  'seccomp.json',
  'vm',
];

/**
 * Files whose names begin like this: socket, lock and log of the pty host; lock, logs and times of image builds; the probe's
 * image; drafts.
 */
const ownPrefixes = [
  'pty-host.',
  'probe-image-',
  'build-',
  'server.json.',
  'state.sqlite.',
  'cookie-secret.',
  'seccomp.json.',
];

/** Removing an image store of some gigabytes took 3 s; a slow disk may need a hundred times as long. */
const removeTimeoutMs = 5 * 60_000;

/**
 * @param removed gets one line for each thing that was removed
 * @returns what is left in `dir` because it is not ours; if nothing is left, `dir` is removed too (but never a repository)
 */
export async function removeOurs(
  dir: string,
  entries: string[],
  rootless: boolean,
  removed: string[],
): Promise<string[]> {
  const names = [
    ...entries,
    ...(await namesIn(dir)).filter((name) => ownPrefixes.some((prefix) => name.startsWith(prefix))),
  ];
  for (const name of new Set(names)) await removeOne(path.join(dir, name), rootless, removed);
  const left = await namesIn(dir);
  if (left.length === 0 && (await isThere(dir))) await rmdir(dir);
  return left.map((name) => path.join(dir, name));
}

/** As `removeOurs`, for a single file or folder that is certainly ours, beside those of others. */
export async function removeOne(file: string, rootless: boolean, removed: string[]): Promise<void> {
  if (!(await isThere(file))) return;
  await removeTree(file, rootless);
  removed.push(file);
}

/** An ordinary user's containers leave files of other ids, which can be removed only in podman's own user namespace. */
async function removeTree(file: string, rootless: boolean): Promise<void> {
  try {
    await rm(file, { recursive: true, force: true });
  } catch (failure) {
    if (!rootless) throw failure;
    await execa('podman', ['unshare', 'rm', '-rf', file], { timeout: removeTimeoutMs });
  }
}

async function namesIn(dir: string): Promise<string[]> {
  return readdir(dir).catch((failure: NodeJS.ErrnoException) => {
    if (failure.code === 'ENOENT') return [];
    throw failure;
  });
}

async function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    (failure: NodeJS.ErrnoException) => {
      if (failure.code === 'ENOENT') return false;
      throw failure;
    },
  );
}
