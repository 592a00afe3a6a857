// npm run doctor: prints a line for each thing that a host needs, with the command that fixes it.
import { parseArgs } from 'node:util';
import { readConfig } from '../server/config.ts';
import { doctorProbes, runProbes } from './probes/all-probes.ts';
import { probeTable } from './probes/probe-table.ts';

const { json, rest } = readArguments(process.argv.slice(2));
const lines = await runProbes(doctorProbes, readConfig(rest, process.env));
const isWell = lines.every((line) => line.state !== 'fail');
console.log(json ? JSON.stringify({ ok: isWell, probes: lines }, null, 2) : probeTable(lines));
process.exitCode = isWell ? 0 : 1;

/** `--json` is ours; everything else is the server's, so that the same flags give the same answers. */
function readArguments(args: string[]): { json: boolean; rest: string[] } {
  const { tokens } = parseArgs({ args, strict: false, tokens: true });
  const isJson = tokens.some((token) => token.kind === 'option' && token.name === 'json');
  return { json: isJson, rest: args.filter((arg) => arg !== '--json') };
}
