// Which running labs the reader keeps using, although their lesson begins in another state. Kept in the tab, across reloads.
import { parseStoredObject } from '../page/stored-object.ts';

const storageKey = 'euos-labs:kept-labs';
const complaint = 'the choice of labs kept in this tab is not readable, asking again';
/** Where the browser keeps nothing, the choice is good until the page is left. */
let kept: Record<string, unknown> | undefined;

/** Whether the reader has chosen to go on with this session in this lesson. */
export function isLabKept(session: string, lesson: string): boolean {
  return read()[lesson] === session;
}

/** Remembers that choice; a lesson has one session at a time, so the last one is enough. */
export function keepLab(session: string, lesson: string): void {
  kept = { ...read(), [lesson]: session };
  try {
    sessionStorage.setItem(storageKey, JSON.stringify(kept));
  } catch (error) {
    console.debug('the choice of lab is not kept over a reload', error);
  }
}

function read(): Record<string, unknown> {
  if (kept !== undefined) return kept;
  try {
    kept = parseStoredObject(sessionStorage.getItem(storageKey), complaint);
  } catch (error) {
    console.debug('the browser keeps nothing for this page', error);
    kept = {};
  }
  return kept;
}
