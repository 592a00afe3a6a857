// npm test: sets up, then runs every stage one after another. The last line is `N passed, N failed, N skipped`.
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { replayBudgetSeconds, replayLessons } from '../tests/lessons/replay.ts';
import { readConfig } from '../server/config.ts';
import { prepareAllLabs } from './lab-images.ts';
import { probeTable } from './probes/probe-table.ts';
import { runProbes, startProbes } from './probes/all-probes.ts';
import { buildSite, isSiteStale } from './site-build.ts';
import { installMissing, sandboxPackages, testPackages } from './system-packages.mjs';
import { runPlaywright } from './testing/playwright-stage.ts';
import { countsLine, noCounts, runStages, type Counts, type Stage } from './testing/stage.ts';
import { runStaticChecks } from './testing/static-checks.ts';
import { runVitest } from './testing/vitest-stage.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const isCi = process.env['CI'] !== undefined && process.env['CI'] !== '' && process.env['CI'] !== 'false';
const minute = 60_000;
/** Each stage's own limit: at least twice what it took on two cores, so that a hang ends within the hour for all stages. */
const limitMs = { unit: 5 * minute, protocol: 10 * minute, machines: 25 * minute, browser: 30 * minute };

/** All stages together may take an hour on two cores: what begins later than this would end after it. */
const wholeSeconds = 57 * 60;
/** The time that machines (16 min) and browser (20 min) need after the lessons. */
const afterLessonsSeconds = 36 * 60;
/** However long everything before has taken: enough for one lesson of each chapter. */
const leastLessonsSeconds = 5 * 60;

const { values } = parseArgs({ options: { only: { type: 'string' } } });
/** Set by the stage that prepares the host, for the stages with sandboxes. */
let noSandboxes: string | undefined;

const say = (line: string) => console.log(line);
const all: Stage[] = [
  { name: 'set-up', run: prepareHost },
  { name: 'static', run: () => runStaticChecks(root, say) },
  { name: 'links', run: buildForLinks },
  { name: 'unit', run: () => runVitest(root, 'unit', limitMs.unit) },
  { name: 'protocol', run: () => runVitest(root, 'protocol', limitMs.protocol) },
  { name: 'images', run: prepareImages },
  // Before the browser stage: playing lessons makes the states in which the browser's lessons begin.
  { name: 'lessons', run: () => withSandboxes('lessons', () => replayLessons(say, lessonsSeconds())) },
  { name: 'machines', run: () => withSandboxes('machines', () => runVitest(root, 'machines', limitMs.machines)) },
  { name: 'browser', run: () => withSandboxes('browser', () => runPlaywright(root, limitMs.browser)) },
];

const only = values.only?.split(',');
const startedAt = performance.now();
const counts = await runStages(
  all.filter((stage) => only === undefined || only.includes(stage.name)),
  say,
);
say(`\nnpm test took ${Math.round((performance.now() - startedAt) / 1000)} s`);
process.exitCode = counts.failed === 0 ? 0 : 1;
say(countsLine(counts));

/** How long lessons may be played: the time that is left, less what the later stages need. */
function lessonsSeconds(): number {
  const passed = (performance.now() - startedAt) / 1000;
  const left = wholeSeconds - passed - (only === undefined || only.length > 1 ? afterLessonsSeconds : 0);
  return Math.round(Math.min(replayBudgetSeconds, Math.max(leastLessonsSeconds, left)));
}

/** A test of its own: whether this host has what the tests need. */
async function prepareHost(): Promise<Counts> {
  const installed = await installMissing([...sandboxPackages, ...testPackages], root);
  const lines = await runProbes(startProbes, readConfig([], process.env));
  say(probeTable(lines));
  const podman = lines.find((line) => line.name === 'podman');
  if (podman?.state !== 'ok') noSandboxes = podman?.found ?? 'podman was not probed';
  if (installed && noSandboxes === undefined) return { ...noCounts, passed: 1 };
  return isCi ? { ...noCounts, failed: 1 } : { ...noCounts, skipped: 1 };
}

/** The build refuses dead links, so a successful build is the test. */
async function buildForLinks(): Promise<Counts> {
  if (await isSiteStale(root)) await buildSite(root, (line) => say(`  ${line}`));
  else say('  dist/ was built from exactly these files');
  return { ...noCounts, passed: 1 };
}

async function prepareImages(): Promise<Counts> {
  noSandboxes ??= await prepareAllLabs(readConfig([], process.env), say);
  return withSandboxes('images', async () => ({ ...noCounts, passed: 1 }));
}

/** Without sandboxes a stage fails in CI; elsewhere it is skipped, with a warning that cannot be missed. */
async function withSandboxes(name: string, run: () => Promise<Counts>): Promise<Counts> {
  if (noSandboxes === undefined) return run();
  say(`!! ${name} NOT RUN: this host starts no sandbox (${noSandboxes}). npm run doctor says how to fix it.`);
  return isCi ? { ...noCounts, failed: 1 } : { ...noCounts, skipped: 1 };
}
