// npm run verify [lesson…]: plays lessons and writes a report for each one that is true. --sit keeps the session and prints
// its address; --typing types each file as the page describes, instead of using its button. That only tests the page's text,
// so no report is written.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { readConfig } from '../../server/config.ts';
import { ensureBuiltSite, pickLessons, projectRoot, readBuiltLessons } from './built-lessons.ts';
import { failureText, type Outcome } from './failure-text.ts';
import type { LessonSession } from './lesson-session.ts';
import { planAllStates, playAndSave, takeMakerLock, withMakers } from './make-states.ts';
import { endOnSignal, startSavingServer, type SavingServer } from './saving-server.ts';
import type { PlannedStates } from './state-plan.ts';
import { typedPage } from './type-files.ts';
import { countSteps, hashNow, today, writeFailure, writeReport } from './verification-report.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sit: { type: 'boolean', default: false },
    'no-report': { type: 'boolean', default: false },
    typing: { type: 'boolean', default: false },
  },
});
const say = (line: string) => console.log(line);

await ensureBuiltSite(say);
const pages = await readBuiltLessons();
const wanted = new Set(pickLessons(pages, positionals).map(({ lesson }) => lesson));
using _lock = await takeMakerLock(readConfig([], process.env).storageDir, new AbortController().signal, () =>
  say('Another process is making states: waiting for it.'),
);
await using server = await startSavingServer();
if (values.sit !== true) endOnSignal(server);
let held = 0;
for (const planned of await withMakers(planAllStates(pages, server), wanted, server)) {
  const isWanted = wanted.has(planned.link.lesson);
  if (!isWanted) say(`${planned.link.lesson}: played only for the state that it leaves`);
  if ((await verify(planned, server, isWanted)) && isWanted) held += 1;
}
say(`${held} of ${wanted.size} lessons are true`);
process.exitCode = held === wanted.size && wanted.size > 0 ? 0 : 1;

async function verify(planned: PlannedStates, own: SavingServer, isWanted: boolean): Promise<boolean> {
  const { lesson, lab } = planned.link;
  const isTyped = values.typing === true && isWanted;
  // Hashed before playing: a lesson that changes meanwhile must not appear verified.
  const hash = hashNow(projectRoot, lesson, lab);
  const startedAt = performance.now();
  try {
    const whenPlayed = (session: LessonSession) =>
      values.sit === true && isWanted ? sit(planned, session, own) : Promise.resolve();
    const played = await playAndSave(isTyped ? asTyped(planned) : planned, own, say, whenPlayed);
    for (const failure of played.failures) say(failureText(failure));
    const [first] = played.failures;
    if (first !== undefined) {
      if (values['no-report'] !== true && !isTyped) await takeBadge(lesson, first);
      return false;
    }
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    say(`✓ ${lesson}: ${played.passed} blocks and checks in ${seconds} s`);
    if (values['no-report'] === true || isTyped || !isWanted) return true;
    const [images, versions] = await Promise.all([own.digests(lab), own.versions(lab)]);
    const report = { lesson, steps: countSteps(planned.page), seconds, images, versions, date: today(), hash };
    say(`  ${await writeReport(projectRoot, report)}`);
    return true;
  } catch (failure) {
    say(`✗ ${lesson} could not be played: ${failure instanceof Error ? failure.message : String(failure)}`);
    return false;
  }
}

async function takeBadge(lesson: string, { step, what }: Outcome): Promise<void> {
  const file = await writeFailure(projectRoot, lesson, `${step}: ${what}`);
  if (file !== undefined) say(`  ${file}: the lesson is not verified any more`);
}

/** States belong to the lesson as everybody plays it, so none is saved here. */
function asTyped({ end: _end, ...planned }: PlannedStates): PlannedStates {
  return { ...planned, page: typedPage(planned.page), steps: new Map() };
}

/** Waits for Ctrl-C. The session's page needs the runner's cookie; its machines need none. */
async function sit({ link }: PlannedStates, session: LessonSession, own: SavingServer): Promise<void> {
  say(`The session goes on until Ctrl-C. Its page: ${await own.url()}/${link.lesson}/ (cookie ${session.cookie})`);
  for (const command of await own.shellCommands(link.lab)) say(`Its machine: ${command}`);
  await once(process, 'SIGINT');
}
