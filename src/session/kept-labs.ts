// Which running labs the reader keeps using although their lesson begins in another state. Stored in the tab, over reloads.
import { parseStoredObject } from '../page/stored-object.ts';

const storageKey = 'euos-labs:kept-labs';
const complaint = 'the choice of labs stored in this tab cannot be read, asking again';
/** Where the browser stores nothing, the choice is valid until the page is left. */
let kept: Record<string, unknown> | undefined;

/** Whether the reader has chosen to go on with this session in this lesson. */
export function isLabKept(session: string, lesson: string): boolean {
  return read()[lesson] === session;
}

/** Stores that choice; a lesson has one session at a time, so the last one is enough. */
export function keepLab(session: string, lesson: string): void {
  kept = { ...read(), [lesson]: session };
  try {
    sessionStorage.setItem(storageKey, JSON.stringify(kept));
  } catch (error) {
    console.debug('the choice of lab is not stored for a reload', error);
  }
}

function read(): Record<string, unknown> {
  if (kept !== undefined) return kept;
  try {
    kept = parseStoredObject(sessionStorage.getItem(storageKey), complaint);
  } catch (error) {
    console.debug('the browser stores nothing for this page', error);
    kept = {};
  }
  return kept;
}
