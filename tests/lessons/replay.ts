// The lessons' part of npm test: plays changed lessons, at least one of each chapter, and others as time allows; in the order
// of their chain, so that each makes the state from which the next one starts.
import { pathToFileURL } from 'node:url';
import { readConfig } from '../../server/config.ts';
import { addCounts, countsLine, noCounts, type Counts } from '../../setup/testing/stage.ts';
import { ensureBuiltSite, projectRoot, readBuiltLessons } from './built-lessons.ts';
import { failureText } from './failure-text.ts';
import { hasStart, planAllStates, playAndSave, takeMakerLock, withMakers } from './make-states.ts';
import { isWorthStarting, planReplay, type PlannedLesson } from './plan-replay.ts';
import { endOnSignal, startSavingServer, type SavingServer } from './saving-server.ts';
import type { PlannedStates } from './state-plan.ts';
import { statesOfThisRun } from './states-of-this-run.ts';
import { statusOf, writeFailure } from './verification-report.ts';

/** A third of the hour that npm test may take on two cores; npm test passes less when the other stages took longer. */
export const replayBudgetSeconds = 20 * 60;

type Turn = PlannedLesson & { planned: PlannedStates };

/**
 * Each block and each check counts as one test; a lesson that could not be played counts as one failure; a spare one for
 * which there was no time or no starting state, as one skipped.
 */
export async function replayLessons(say: (line: string) => void, budgetSeconds = replayBudgetSeconds): Promise<Counts> {
  await ensureBuiltSite(say);
  const pages = await readBuiltLessons();
  if (pages.length === 0) throw new Error('found no lesson in the built site, expected at least one per chapter');
  const startedAt = performance.now();
  using _lock = await takeMakerLock(readConfig([], process.env).storageDir, new AbortController().signal, () =>
    say('Another process is making states: waiting for it.'),
  );
  await using server = await startSavingServer();
  endOnSignal(server);
  let counts = noCounts;
  for (const turn of await planTurns(planAllStates(pages, server), server)) {
    const secondsLeft = budgetSeconds - (performance.now() - startedAt) / 1000;
    counts = addCounts(counts, await replayOne(turn, server, secondsLeft, say));
  }
  return counts;
}

/** First the lessons that must be played, with those that they start from, then the spare ones; both in the order of the chain. */
async function planTurns(all: readonly PlannedStates[], server: SavingServer): Promise<Turn[]> {
  const plan = planReplay(await Promise.all(all.map(({ page }) => statusOf(projectRoot, page))));
  const isMust = ({ because }: PlannedLesson) => because !== 'spare';
  const must = new Set(plan.filter(isMust).map(({ lesson }) => lesson));
  const first = await withMakers(all, must, server);
  const turnOf = (planned: PlannedStates, isFirst: boolean): Turn[] => {
    const lesson = plan.find((one) => one.lesson === planned.link.lesson);
    if (lesson === undefined) return [];
    return [{ ...lesson, ...(isFirst && !isMust(lesson) ? { because: 'start' as const } : {}), planned }];
  };
  return [
    ...first.flatMap((planned) => turnOf(planned, true)),
    ...all.filter((planned) => !first.includes(planned)).flatMap((planned) => turnOf(planned, false)),
  ];
}

const reasons: Record<PlannedLesson['because'], string> = {
  changed: 'changed since its report, or without one',
  chapter: 'one of its chapter',
  start: 'another lesson starts where it ends',
  spare: 'there is time',
};

async function replayOne(
  turn: Turn,
  server: SavingServer,
  secondsLeft: number,
  say: (line: string) => void,
): Promise<Counts> {
  const { lesson, because, planned } = turn;
  if (!isWorthStarting(turn, secondsLeft))
    return notPlayed(turn, `${Math.max(0, Math.round(secondsLeft))} s were left`, say);
  if (!(await hasStart(planned, server)))
    return notPlayed(turn, `its starting state ${planned.link.start} does not exist`, say);
  say(`${lesson} (${reasons[because]})`);
  const startedAt = performance.now();
  try {
    const played = await playAndSave(planned, server, say);
    for (const failure of played.failures) say(failureText(failure));
    noteStates(planned, played.failures.length === 0);
    const [first] = played.failures;
    const file = first && (await writeFailure(projectRoot, lesson, `${first.step}: ${first.what}`));
    if (file !== undefined) say(`  ${file}: the lesson is not verified any more`);
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const isTrue = played.failures.length === 0;
    say(`${isTrue ? '✓' : '✗'} ${lesson}: ${played.passed} blocks and checks in ${seconds} s`);
    if (isTrue && because === 'changed') say(`  npm run verify ${lesson} writes the report that gives it its badge`);
    return { passed: played.passed, failed: played.failures.length, skipped: 0 };
  } catch (failure) {
    say(`✗ ${lesson} could not be played: ${failure instanceof Error ? failure.message : String(failure)}`);
    return { ...noCounts, failed: 1 };
  }
}

function noteStates({ link, end }: PlannedStates, isWhole: boolean): void {
  if (link.start !== undefined) statesOfThisRun.add(link.start);
  if (isWhole && end !== undefined) statesOfThisRun.add(end.name);
}

function notPlayed({ lesson, because }: Turn, why: string, say: (line: string) => void): Counts {
  const isSpare = because === 'spare';
  say(`${isSpare ? '-' : '✗'} ${lesson}: not played, ${why} (${reasons[because]})`);
  return isSpare ? { ...noCounts, skipped: 1 } : { ...noCounts, failed: 1 };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const counts = await replayLessons((line) => console.log(line));
  console.log(countsLine(counts));
  process.exitCode = counts.failed === 0 ? 0 : 1;
}
