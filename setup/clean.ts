// npm run clean: removes all that the product made on this host, and says what. Asks nothing; a second run finds nothing.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../server/config.ts';
import { readHostFacts } from '../server/machines/podman/host-facts.ts';
import { shutdownPtyHost } from '../server/terminals/pty-host-launcher.ts';
import { removeOurs, stateEntries, storageEntries } from './clean/own-files.ts';
import { emptyStorage } from './clean/podman-storage.ts';
import { endServer } from './clean/running-server.ts';
import { unmountBelow } from './clean/mounts.ts';
import { installedListFile, installedPackages, removeCommand } from './system-packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const config = readConfig(process.argv.slice(2), process.env);
const host = await readHostFacts();
const removed: string[] = [];

// In the order of who holds what: server, shells, containers, mounts, files.
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
const packages = installedPackages(root);
const builtEntries = [
  'dist',
  '.astro',
  'node_modules/.astro',
  'test-results',
  path.relative(root, installedListFile(root)),
];
await removeOurs(root, builtEntries, false, removed);

console.log(removed.length === 0 ? 'Nothing to remove.' : `Removed:\n${removed.map((line) => `  ${line}`).join('\n')}`);
for (const file of left) console.log(`Left, because the product did not make it: ${file}`);
console.log('Left: node_modules (the npm libraries); rm -r node_modules removes them.');
if (packages.length > 0) {
  console.log(`Left: system packages that were installed for this. To remove them: ${removeCommand(packages)}`);
}
