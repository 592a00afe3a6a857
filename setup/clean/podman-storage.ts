// Empties the product's own podman storage: containers, volumes, networks, images. Never touches the user's own podman.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { HostFacts } from '../../server/machines/podman/host-facts.ts';
import { createPodman } from '../../server/machines/podman/podman-command.ts';

/** Removal kills at once; dozens of containers and gigabytes of images took seconds. */
const timeoutMs = 5 * 60_000;

/** @returns one line for each kind of thing that was removed. @throws {PodmanError} */
export async function emptyStorage(storageDir: string, host: HostFacts): Promise<string[]> {
  const isThere = await stat(path.join(storageDir, 'root')).then(
    () => true,
    () => false,
  );
  if (!isThere) return [];
  const podman = createPodman({ storageDir, runtime: host.runtime });
  const kinds = [
    {
      what: 'containers',
      list: ['ps', '--all', '--external', '--quiet'],
      remove: ['rm', '--all', '--force', '--time', '0', '--volumes'],
    },
    { what: 'volumes', list: ['volume', 'ls', '--quiet'], remove: ['volume', 'rm', '--all', '--force'] },
    { what: 'images', list: ['images', '--all', '--quiet'], remove: ['rmi', '--all', '--force'] },
  ];
  const removed: string[] = [];
  for (const { what, list, remove } of kinds) {
    const ids = new Set((await podman.run(list, { timeoutMs })).split('\n').filter((line) => line !== ''));
    if (ids.size === 0) continue;
    await podman.run(remove, { timeoutMs });
    removed.push(`${ids.size} ${what} in ${storageDir}`);
  }
  return removed;
}
