// In which lesson each running lab was last used. Stored in this browser, because the server knows labs and their states, but no pages.
import { keep, readKept } from '../page/browser-storage.ts';
import { parseStoredObject } from '../page/stored-object.ts';

const storageKey = 'euos-labs:last-lesson';
const complaint = 'the stored lessons of running labs cannot be read, starting over';
/** Sessions end without notice; more entries than one reader can have sessions are useless. */
const keptSessions = 40;

/** @returns the lesson, as in `build/ship-it`; undefined for a session that was never used here */
export function lastLesson(session: string): string | undefined {
  const lesson = read()[session];
  return typeof lesson === 'string' ? lesson : undefined;
}

/** Stores it, and forgets the session that was used longest ago if there are too many. */
export function rememberLesson(session: string, lesson: string): void {
  const before = read();
  if (before[session] === lesson) return;
  const others = Object.entries(before).filter(([other]) => other !== session);
  keep(storageKey, JSON.stringify(Object.fromEntries([...others, [session, lesson]].slice(-keptSessions))));
}

function read(): Record<string, unknown> {
  return parseStoredObject(readKept(storageKey), complaint);
}
