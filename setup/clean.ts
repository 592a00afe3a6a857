// npm run clean: removes everything that the product made on this host, and lists it. Asks no questions; a second run finds nothing.
import { fileURLToPath } from 'node:url';
import { readConfig } from '../server/config.ts';
import { cleanHost } from './clean/clean-host.ts';
import { removeCommand } from './system-packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const cleaned = await cleanHost(readConfig(process.argv.slice(2), process.env), root).catch((failure: unknown) => {
  console.error(failure instanceof Error ? failure.message : failure);
  process.exit(1);
});
const { removed, left, packages } = cleaned;

console.log(removed.length === 0 ? 'Nothing to remove.' : `Removed:\n${removed.map((line) => `  ${line}`).join('\n')}`);
for (const file of left) console.log(`Left, because the product did not make it: ${file}`);
console.log('Left: node_modules (the npm libraries); rm -r node_modules removes them.');
if (packages.length > 0) {
  console.log(`Left: system packages that were installed for this. To remove them: ${removeCommand(packages)}`);
}
