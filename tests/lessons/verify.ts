// npm run verify [lesson…]: plays lessons and writes a report for each that holds. --sit keeps the session, with its address.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { lessonHash } from '../../labs/lesson-hash.ts';
import { ensureBuiltSite, pickLessons, projectRoot, readBuiltLessons } from './built-lessons.ts';
import { failureText } from './failure-text.ts';
import type { LessonPage } from './lesson-page.ts';
import { LessonSession } from './lesson-session.ts';
import { startOwnServer, type OwnServer } from './own-server.ts';
import { playLesson, type Played } from './play-lesson.ts';
import { countSteps, writeReport } from './verification-report.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sit: { type: 'boolean', default: false }, 'no-report': { type: 'boolean', default: false } },
});

await ensureBuiltSite((line) => console.log(line));
const lessons = pickLessons(await readBuiltLessons(), positionals);
await using server = await startOwnServer();
let failed = 0;
for (const page of lessons) {
  if (!(await verify(page, server))) failed += 1;
}
console.log(`${lessons.length - failed} of ${lessons.length} lessons hold`);
process.exitCode = failed === 0 && lessons.length > 0 ? 0 : 1;

async function verify(page: LessonPage, own: OwnServer): Promise<boolean> {
  // Before playing: a lesson that changes meanwhile must not look verified.
  const hash = lessonHash(projectRoot, page.lesson, page.lab);
  const startedAt = performance.now();
  const played = await play(page, own);
  for (const failure of played.failures) console.log(failureText(failure));
  if (played.failures.length > 0) return false;
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(`✓ ${page.lesson}: ${played.passed} blocks and checks in ${seconds} s`);
  if (values['no-report'] === true) return true;
  const date = new Date().toISOString().slice(0, 10);
  const images = await own.digests(page.lab);
  console.log(
    `  ${await writeReport(projectRoot, { lesson: page.lesson, steps: countSteps(page), seconds, images, date, hash })}`,
  );
  return true;
}

async function play(page: LessonPage, own: OwnServer): Promise<Played> {
  await using session = await LessonSession.start(own.url, page.lab, (line) => console.log(line));
  const played = await playLesson(page, session, (line) => console.log(line));
  if (values.sit === true) await sit(page, session, own);
  return played;
}

/** Stays until Ctrl-C: the session's page needs the runner's cookie, its machines need none. */
async function sit(page: LessonPage, session: LessonSession, own: OwnServer): Promise<void> {
  console.log(`The session goes on until Ctrl-C. Its page: ${own.url}/${page.lesson}/ (cookie ${session.cookie})`);
  for (const command of await own.shellCommands(page.lab)) console.log(`Its machine: ${command}`);
  await once(process, 'SIGINT');
}
