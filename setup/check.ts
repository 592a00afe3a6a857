// npm run check: all static checks; no part of the product has to run for them.
import { fileURLToPath } from 'node:url';
import { runStaticChecks } from './testing/static-checks.ts';
import { countsLine } from './testing/stage.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const counts = await runStaticChecks(root, (line) => console.log(line));
console.log(countsLine(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
