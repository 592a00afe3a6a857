// npm run bench: how long a reader waits, measured on this host. --only containers|vms, --runs N, --burst N and --many N
// (virtual machines; both take long), --save for the page of figures, --json.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../server/config.ts';
import { shutdownPtyHost } from '../server/terminals/pty-host-launcher.ts';
import { prepareAllLabs } from '../setup/lab-images.ts';
import type { Figures } from '../src/page-schemas/figures.ts';
import { ensureBuiltSite, readBuiltLessons } from '../tests/lessons/built-lessons.ts';
import { startOwnServer } from '../tests/lessons/own-server.ts';
import { clickToPrompt } from './click-to-prompt.ts';
import { readAcceleration, readMachine, writeFigures } from './figures-file.ts';
import { keystrokeEcho } from './keystroke-echo.ts';
import { timeStart } from './second-start.ts';
import { summarize, type Summary } from './statistics.ts';
import type { EchoFigures } from './typed-keys.ts';
import { measureVms } from './vms.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    runs: { type: 'string', default: '20' },
    burst: { type: 'string', default: '0' },
    many: { type: 'string', default: '0' },
    save: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const runs = wholeNumber('runs', 1);
if (values.only !== undefined && !['containers', 'vms'].includes(values.only))
  throw new Error(`found --only ${values.only}, expected containers or vms`);
/** Progress goes to standard error, so that it does not disturb --json. */
const say = (line: string) => console.error(line);

const config = readConfig([], process.env);
const containers = values.only === 'vms' ? undefined : await measureContainers();
const vms = values.only === 'containers' ? undefined : await measureMachines();
if (vms !== undefined && values.save) say(`written: ${await writeFigures(vms)}`);
if (values.json) console.log(JSON.stringify({ ...containers, vms }, null, 2));
else {
  if (containers !== undefined) console.log(`${table(containers.results)}\n${echoTable(containers.echo)}`);
  if (vms !== undefined) console.log(vmTable(vms));
}

function wholeNumber(name: 'runs' | 'burst' | 'many', least: number): number {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number >= least) return number;
  throw new Error(`found --${name} ${values[name]}, expected a whole number from ${least}`);
}

async function measureContainers() {
  await ensureBuiltSite(say);
  const missing = await prepareAllLabs(config, say);
  const [lesson] = await readBuiltLessons();
  if (lesson === undefined) throw new Error('found no lesson in the built site, expected one to take a lab from');
  const results: Record<string, Summary> = {};
  if (missing === undefined) {
    results['click to prompt, cold'] = await measureClicks(lesson.lab, 0);
    results['click to prompt, prepared'] = await measureClicks(lesson.lab, 1);
  } else {
    say(`No sandbox starts on this host: ${missing}`);
  }
  results['a lesson page from the server'] = await measurePage(lesson.lesson);
  results['second npm start until its address'] = await measureSecondStart();
  return { results, echo: await keystrokeEcho(missing === undefined) };
}

async function measureMachines(): Promise<Figures> {
  const machine = await readMachine();
  const [burst, many] = [wholeNumber('burst', 0), wholeNumber('many', 0)];
  const figures = await measureVms({ config, runs, burst, many, say });
  const flags = [
    `--only vms --runs ${runs}`,
    ...(burst > 0 ? [`--burst ${burst}`] : []),
    ...(many > 0 ? [`--many ${many}`] : []),
  ];
  return {
    date: new Date().toISOString().slice(0, 10),
    command: `npm run bench -- ${flags.join(' ')}`,
    machine,
    acceleration: await readAcceleration(config.storageDir),
    figures,
  };
}

async function measureClicks(lab: string, prepared: number): Promise<Summary> {
  say(`click to prompt, ${prepared === 0 ? 'cold' : 'prepared'}: ${runs} runs`);
  await using server = await startOwnServer([
    '--prepared',
    String(prepared),
    '--starts-per-minute',
    '1000',
    '--starts-per-minute-per-address',
    '1000',
    '--sessions-per-address',
    '1000',
  ]);
  const times: number[] = [];
  for (let run = 0; run <= runs; run += 1) {
    if (prepared > 0) await server.untilPrepared();
    const time = await clickToPrompt(server.url, lab);
    // The first run warms caches that are warm on a server in use.
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
    // The pty host's last log line may come a moment later.
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

function vmTable({ figures, acceleration, machine, date }: Figures): string {
  const rows = Object.entries(figures).map(([name, { unit, median, p95, most, count }]) => {
    const cell = (title: string, value: number | undefined) =>
      value === undefined ? '' : `   ${title} ${value.toFixed(1).padStart(9)} ${unit}`;
    return `${`virtual machine: ${name}`.padEnd(44)}${cell('median', median)}${cell('95 %', p95)}${cell('most', most)}   (${count})`;
  });
  const { processors, processor, memoryGiB, system, load } = machine;
  return [
    ...rows,
    `${date}, ${processors} × ${processor}, ${memoryGiB} GiB, ${system}, load ${load} at the start`,
    `runs on ${acceleration.kind}: ${acceleration.reason}`,
  ].join('\n');
}
