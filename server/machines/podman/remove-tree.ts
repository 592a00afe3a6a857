// Removes a folder of containers' files, whichever user ids own them. Knows no mounts: unmount first.
import { rm } from 'node:fs/promises';
import type { Podman } from './podman-command.ts';

/** Deleting a gigabyte of small files takes some seconds on a slow disk. */
const removeTimeoutMs = 5 * 60_000;

/** A missing folder is not an error. @throws {Error} from rm or podman, with their own message */
export async function removeTree(podman: Podman, path: string): Promise<void> {
  if (process.getuid?.() === 0) await rm(path, { recursive: true, force: true });
  // An ordinary user's containers leave files with mapped ids, which can be removed only in podman's own user namespace.
  else await podman.run(['unshare', 'rm', '-rf', path], { timeoutMs: removeTimeoutMs });
}
