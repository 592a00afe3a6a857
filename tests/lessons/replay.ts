// The lessons' part of npm test: plays changed lessons first, one of each chapter at least, others as time allows.
import { pathToFileURL } from 'node:url';
import { addCounts, countsLine, noCounts, type Counts } from '../../setup/testing/stage.ts';
import { ensureBuiltSite, projectRoot, readBuiltLessons } from './built-lessons.ts';
import { failureText } from './failure-text.ts';
import type { LessonPage } from './lesson-page.ts';
import { LessonSession } from './lesson-session.ts';
import { startOwnServer } from './own-server.ts';
import { isWorthStarting, planReplay, type PlannedLesson } from './plan-replay.ts';
import { playLesson, type Played } from './play-lesson.ts';
import { statusOf } from './verification-report.ts';

/** npm test may take 45 min on two cores; images, static, machines and browser take the other 25. */
export const replayBudgetSeconds = 20 * 60;

/**
 * Each block and each check counts as one test; a lesson that could not be played counts as one failure, a spare one
 * for which there was no time as one skipped.
 */
export async function replayLessons(say: (line: string) => void, budgetSeconds = replayBudgetSeconds): Promise<Counts> {
  await ensureBuiltSite(say);
  const pages = await readBuiltLessons();
  if (pages.length === 0) throw new Error('found no lesson in the built site, expected one per chapter at least');
  const plan = planReplay(await Promise.all(pages.map((page) => statusOf(projectRoot, page))));
  const startedAt = performance.now();
  await using server = await startOwnServer();
  let counts = noCounts;
  for (const planned of plan) {
    const page = pages.find(({ lesson }) => lesson === planned.lesson);
    if (page === undefined) continue;
    const secondsLeft = budgetSeconds - (performance.now() - startedAt) / 1000;
    counts = addCounts(counts, await replayOne(planned, page, server.url, secondsLeft, say));
  }
  return counts;
}

async function replayOne(
  planned: PlannedLesson,
  page: LessonPage,
  url: string,
  secondsLeft: number,
  say: (line: string) => void,
): Promise<Counts> {
  if (!isWorthStarting(planned, secondsLeft)) {
    const isSpare = planned.because === 'spare';
    say(
      `${isSpare ? '-' : '✗'} ${page.lesson}: not played, ${Math.max(0, Math.round(secondsLeft))} s were left (${planned.because})`,
    );
    return isSpare ? { ...noCounts, skipped: 1 } : { ...noCounts, failed: 1 };
  }
  say(
    `${page.lesson} (${planned.because === 'changed' ? 'changed since its report, or without one' : planned.because})`,
  );
  const startedAt = performance.now();
  try {
    const played = await playInSession(page, url, say);
    for (const failure of played.failures) say(failureText(failure));
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const isTrue = played.failures.length === 0;
    say(`${isTrue ? '✓' : '✗'} ${page.lesson}: ${played.passed} blocks and checks in ${seconds} s`);
    if (isTrue && planned.because === 'changed')
      say(`  npm run verify ${page.lesson} writes the report that gives it its badge`);
    return { passed: played.passed, failed: played.failures.length, skipped: 0 };
  } catch (failure) {
    say(`✗ ${page.lesson} could not be played: ${failure instanceof Error ? failure.message : String(failure)}`);
    return { ...noCounts, failed: 1 };
  }
}

async function playInSession(page: LessonPage, url: string, say: (line: string) => void): Promise<Played> {
  await using session = await LessonSession.start(url, page.lab, say);
  // Awaited here: the session must not end before the lesson has.
  return await playLesson(page, session, say);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const counts = await replayLessons((line) => console.log(line));
  console.log(countsLine(counts));
  process.exitCode = counts.failed === 0 ? 0 : 1;
}
