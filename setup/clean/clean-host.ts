// Removes everything that the product made on this host and in a repository. Prints nothing; returns what it did.
import path from 'node:path';
import type { LabServerConfig } from '../../server/config.ts';
import { readHostFacts } from '../../server/machines/podman/host-facts.ts';
import { runRoot } from '../../server/machines/podman/run-root.ts';
import { storageUsers } from '../../server/machines/podman/storage-users.ts';
import { shutdownPtyHost } from '../../server/terminals/pty-host-launcher.ts';
import { installedListFile, installedPackages } from '../system-packages.mjs';
import { unmountBelow } from './mounts.ts';
import { removeOne, removeOurs, stateEntries, storageEntries } from './own-files.ts';
import { emptyStorage } from './podman-storage.ts';
import { endServer, findServer } from './running-server.ts';

export interface Cleaned {
  /** One line for each thing that was removed. */
  removed: string[];
  /** Files of others in the state and storage directories. */
  left: string[];
  /** System packages that were installed for the product; they stay. */
  packages: string[];
}

/**
 * Removes users of a thing before the thing: server, shells, containers, mounts, files. A second call finds nothing.
 * @param root the repository
 * @throws {Error} when another server uses the storage, and then nothing has been removed; or when something cannot be ended
 * or removed, with its name
 */
export async function cleanHost(config: LabServerConfig, root: string): Promise<Cleaned> {
  await refuseForOthers(config);
  const host = await readHostFacts();
  const removed: string[] = [];
  const server = await endServer(config.stateDir);
  if (server !== undefined) removed.push(`the running server (process ${server})`);
  if (await shutdownPtyHost(config.stateDir)) removed.push('the pty host with its terminals');
  if (host.podmanVersion !== undefined) removed.push(...(await emptyStorage(config.storageDir, host)));
  for (const dir of [path.join(config.stateDir, 'sessions'), config.storageDir]) {
    removed.push(...(await unmountBelow(dir)).map((mount) => `the mount ${mount}`));
  }
  const left = [
    ...(await removeOurs(config.storageDir, storageEntries, host.rootless, removed)),
    ...(await removeOurs(config.stateDir, stateEntries, host.rootless, removed)),
  ];
  await removeOne(runRoot(config.storageDir), host.rootless, removed);
  const packages = installedPackages(root);
  const list = path.relative(root, installedListFile(root));
  await removeOurs(root, ['dist', '.astro', 'node_modules/.astro', 'test-results', list], false, removed);
  return { removed, left, packages };
}

/** Images and sandboxes of a storage are also those of every other server on it. */
async function refuseForOthers({ stateDir, storageDir }: LabServerConfig): Promise<void> {
  const others = (await storageUsers(storageDir)).filter((user) => user.stateDir !== stateDir);
  if (others.length === 0) return;
  const named = await Promise.all(
    others.map(async (user) => {
      const url = (await findServer(user.stateDir))?.url;
      return `  process ${user.pid}${url === undefined ? '' : `, ${url}`}, with the state directory ${user.stateDir}`;
    }),
  );
  throw new Error(
    `Nothing was removed: the storage directory ${storageDir} is in use by\n${named.join('\n')}\n` +
      'End it (kill with its number), then run npm run clean again.',
  );
}
