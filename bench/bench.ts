// npm run bench: what a reader waits for, measured on this host. --runs N, --json.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../server/config.ts';
import { shutdownPtyHost } from '../server/terminals/pty-host-launcher.ts';
import { prepareAllLabs } from '../setup/lab-images.ts';
import { ensureBuiltSite, readBuiltLessons } from '../tests/lessons/built-lessons.ts';
import { startOwnServer } from '../tests/lessons/own-server.ts';
import { clickToPrompt } from './click-to-prompt.ts';
import { keystrokeEcho } from './keystroke-echo.ts';
import { timeStart } from './second-start.ts';
import { summarize, type Summary } from './statistics.ts';
import type { EchoFigures } from './typed-keys.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20' }, json: { type: 'boolean', default: false } },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1)
  throw new Error(`found --runs ${values.runs}, expected a whole number above 0`);
/** Progress goes where it does not disturb --json. */
const say = (line: string) => console.error(line);

await ensureBuiltSite(say);
const config = readConfig([], process.env);
const missing = await prepareAllLabs(config, say);
const [lesson] = await readBuiltLessons();
if (lesson === undefined) throw new Error('found no lesson in the built site, expected one to take a lab from');

const results: Record<string, Summary> = {};
if (missing === undefined) {
  results['click to prompt, cold'] = await measureClicks(0);
  results['click to prompt, prepared'] = await measureClicks(1);
} else {
  say(`No sandbox starts on this host: ${missing}`);
}
results['a lesson page from the server'] = await measurePage(lesson.lesson);
results['second npm start until its address'] = await measureSecondStart();
const echo = await keystrokeEcho(missing === undefined);

console.log(
  values.json === true ? JSON.stringify({ results, echo }, null, 2) : `${table(results)}\n${echoTable(echo)}`,
);

async function measureClicks(prepared: number): Promise<Summary> {
  say(`click to prompt, ${prepared === 0 ? 'cold' : 'prepared'}: ${runs} runs`);
  await using server = await startOwnServer(['--prepared', String(prepared), '--starts-per-minute', '1000']);
  const times: number[] = [];
  for (let run = 0; run <= runs; run += 1) {
    if (prepared > 0) await server.untilPrepared();
    const time = await clickToPrompt(server.url, lesson?.lab ?? '');
    // The first warms caches that a server in use has warm.
    if (run > 0) times.push(time);
  }
  return summarize(times);
}

async function measurePage(slug: string): Promise<Summary> {
  await using server = await startOwnServer();
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const startedAt = performance.now();
    await (await fetch(`${server.url}/${slug}/`)).text();
    times.push(performance.now() - startedAt);
  }
  return summarize(times);
}

async function measureSecondStart(): Promise<Summary> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'eu-os-labs-bench-'));
  try {
    await timeStart(stateDir, config.storageDir);
    const times: number[] = [];
    for (let run = 0; run < 3; run += 1) times.push(await timeStart(stateDir, config.storageDir));
    return summarize(times);
  } finally {
    await shutdownPtyHost(stateDir);
    // The pty host's last line of log may come a moment later.
    await rm(stateDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

function table(rows: Record<string, Summary>): string {
  return Object.entries(rows)
    .map(
      ([name, row]) =>
        `${name.padEnd(44)} median ${row.medianMs.toFixed(1).padStart(8)} ms   95 % ${row.p95Ms.toFixed(1).padStart(8)} ms   (${row.runs} runs)`,
    )
    .join('\n');
}

function echoTable(rows: EchoFigures[]): string {
  return rows
    .map(
      (row) =>
        `${`keystroke echo, ${row.name}`.padEnd(44)} median ${row.medianMs.toFixed(1).padStart(8)} ms   95 % ${row.p95Ms.toFixed(1).padStart(8)} ms`,
    )
    .join('\n');
}
