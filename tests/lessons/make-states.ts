// Plays lessons and saves the named states on the way: verification, replay and `npm run states` all use this one pass.
import { join } from 'node:path';
import { labBeginningHash } from '../../labs/lesson-hash.ts';
import { takeFileLock } from '../../server/machines/podman/file-lock.ts';
import { storedDir } from '../../server/machines/vm/vm-place.ts';
import { readLessonChain } from '../../src/page-schemas/lesson-starts.ts';
import { projectRoot } from './built-lessons.ts';
import type { LessonPage } from './lesson-page.ts';
import { LessonSession } from './lesson-session.ts';
import { playLesson, type Played } from './play-lesson.ts';
import type { SavingServer } from './saving-server.ts';
import { planStates, type NamedState, type PlannedStates } from './state-plan.ts';

/** A lesson cannot start, because the lesson that makes its starting state was broken. */
export class NoStart extends Error {
  override name = 'NoStart';
}

/** All lessons with their states, in the order in which they can be played. */
export function planAllStates(pages: readonly LessonPage[], server: SavingServer): PlannedStates[] {
  const beginningKey = (lab: string) => labBeginningHash(projectRoot, lab, server.machines(lab).machines);
  return planStates(readLessonChain(projectRoot), pages, beginningKey);
}

/** States of the lesson that are missing or were made from something else. */
export async function missingStates({ link, steps, end }: PlannedStates, server: SavingServer): Promise<NamedState[]> {
  const missing: NamedState[] = [];
  for (const state of [...steps.values(), ...(end === undefined ? [] : [end])]) {
    if (!(await isCurrent(server, link.lab, state))) missing.push(state);
  }
  return missing;
}

/** Whether the lesson can be played now: its starting state exists, as its predecessor leaves it at present. */
export async function hasStart({ link, startKey }: PlannedStates, server: SavingServer): Promise<boolean> {
  return link.start === undefined || isCurrent(server, link.lab, { name: link.start, key: startKey });
}

/**
 * Adds the lessons that make starting states which the wanted lessons lack.
 * @returns in the order of the chain
 */
export async function withMakers(
  all: readonly PlannedStates[],
  wanted: ReadonlySet<string>,
  server: SavingServer,
): Promise<PlannedStates[]> {
  const needed = new Set<string>();
  const chosen: PlannedStates[] = [];
  for (const planned of all.toReversed()) {
    const { link, end } = planned;
    if (!wanted.has(link.lesson) && !(end !== undefined && needed.has(end.name))) continue;
    chosen.unshift(planned);
    if (link.start !== undefined && !(await hasStart(planned, server))) needed.add(link.start);
  }
  return chosen;
}

/**
 * Plays a lesson from its state, and saves the states along the way that are not current. Nothing is saved after a failure.
 * @param whenPlayed called while the session still exists
 * @throws {NoStart} when its starting state is missing
 */
export async function playAndSave(
  planned: PlannedStates,
  server: SavingServer,
  say: (line: string) => void,
  whenPlayed: (session: LessonSession) => Promise<void> = () => Promise.resolve(),
): Promise<Played> {
  const { link, page, steps, end } = planned;
  if (!(await hasStart(planned, server)))
    throw new NoStart(`${link.lesson} starts from the state ${link.start}, which does not exist`);
  await using session = await LessonSession.start(await server.url(), link.lab, say, link.start);
  const save = (state: NamedState) => saveUnlessCurrent(server, session, link.lab, state);
  const played = await playLesson(page, session, say, async ({ id }) => {
    const state = steps.get(id);
    if (state !== undefined) await save(state);
  });
  if (end !== undefined && played.failures.length === 0) await save(end);
  await whenPlayed(session);
  return played;
}

/** Lets one process at a time make states in a storage: two would make the same states twice. Free at once when its holder dies. */
export function takeMakerLock(storageDir: string, signal: AbortSignal, onWait: () => void): Promise<Disposable> {
  return takeFileLock(join(storedDir(storageDir), 'states/maker.lock'), signal, onWait);
}

async function saveUnlessCurrent(
  server: SavingServer,
  session: LessonSession,
  lab: string,
  state: NamedState,
): Promise<void> {
  if (await isCurrent(server, lab, state)) return;
  await server.engine.saveState(session.sandboxId, server.machines(lab), state.name, state.key);
}

async function isCurrent(server: SavingServer, lab: string, { name, key }: NamedState): Promise<boolean> {
  return (await server.engine.stateKey(server.machines(lab), name)) === key;
}
