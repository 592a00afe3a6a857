// npm run states [lesson…]: makes the named states that are missing, by playing the lessons. With --background, as npm start
// runs it: at the lowest priority, and never while memory is short.
import { constants, freemem, setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readConfig } from '../../server/config.ts';
import { ensureBuiltSite, pickLessons, readBuiltLessons } from './built-lessons.ts';
import { failureText } from './failure-text.ts';
import { hasStart, missingStates, planAllStates, playAndSave, takeMakerLock } from './make-states.ts';
import { endOnSignal, startSavingServer, type SavingServer } from './saving-server.ts';
import type { PlannedStates } from './state-plan.ts';

/** How often memory is checked: readers come and go in minutes. */
const lookForMemoryEveryMs = 15_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { background: { type: 'boolean', default: false } },
});
const isBackground = values.background === true;
const { storageDir, reserveMiB } = readConfig([], process.env);
const say = (line: string) => console.log(line);
const sayDetail = isBackground ? () => undefined : say;

// Everything that this process starts inherits the priority, including sandboxes and their machines.
if (isBackground) setPriority(constants.priority.PRIORITY_LOW);
await ensureBuiltSite(sayDetail);
const pages = await readBuiltLessons();
const wanted = new Set(pickLessons(pages, positionals).map(({ lesson }) => lesson));
using _lock = await takeMakerLock(storageDir, new AbortController().signal, () =>
  sayDetail('Another process is making states: waiting for it.'),
);
await using server = await startSavingServer();
endOnSignal(server);
let failed = 0;
for (const planned of chosen(planAllStates(pages, server))) {
  if (!(await make(planned, server))) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;

/** The wanted lessons and all those before them that make their starting states. */
function chosen(all: PlannedStates[]): PlannedStates[] {
  const needed = new Set<string>();
  const result: PlannedStates[] = [];
  for (const planned of all.toReversed()) {
    const { link } = planned;
    if (!wanted.has(link.lesson) && !(link.next !== undefined && needed.has(link.next))) continue;
    if (link.start !== undefined) needed.add(link.start);
    result.unshift(planned);
  }
  return result;
}

/** @returns false when the lesson was broken, or what it starts from is missing */
async function make(planned: PlannedStates, own: SavingServer): Promise<boolean> {
  const { lesson, lab, start } = planned.link;
  const missing = await missingStates(planned, own);
  if (missing.length === 0) {
    sayDetail(`${lesson}: its states exist`);
    return true;
  }
  if (!(await hasStart(planned, own))) {
    say(`✗ ${lesson}: its starting state ${start} does not exist, so its own states cannot be made`);
    return false;
  }
  if (isBackground) await untilMemory(own, lab);
  sayDetail(`${lesson}: ${missing.length} states to make`);
  const startedAt = performance.now();
  try {
    const { failures } = await playAndSave(planned, own, sayDetail);
    for (const failure of failures) say(failureText(failure));
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    if (failures.length === 0) say(`✓ ${lesson}: ${missing.length} states made in ${seconds} s`);
    return failures.length === 0;
  } catch (failure) {
    say(`✗ ${lesson} could not be played: ${failure instanceof Error ? failure.message : String(failure)}`);
    return false;
  }
}

/** Readers first: a lesson is played when there is room for two more sessions beside the reserve. */
async function untilMemory(own: SavingServer, lab: string): Promise<void> {
  const sessionMiB = own.machines(lab).machines.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
  while (freemem() / 1024 / 1024 < reserveMiB + 2 * sessionMiB) await delay(lookForMemoryEveryMs);
}
