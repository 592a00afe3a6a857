// Opens the session records of a state directory; a damaged file is put aside. Reads no record.
import { renameSync, rmSync } from 'node:fs';
import { SessionStore } from './session-store.ts';

/** SQLITE_CORRUPT and SQLITE_NOTADB: for a file as a full disk or a power cut may leave it. */
const unreadable = [11, 26];

/**
 * An incomplete record counts as none: the server starts with what it can read.
 * @param onPutAside gets the new name of the damaged file
 * @throws {LabError} as SessionStore
 */
export function openSessionStore(path: string, onPutAside: (aside: string) => void): SessionStore {
  try {
    return new SessionStore(path);
  } catch (failure) {
    if (!unreadable.includes(sqliteCode(failure))) throw failure;
    const aside = `${path}.unreadable`;
    renameSync(path, aside);
    // They belong to what was put aside, and would be read into the new file.
    for (const part of ['-wal', '-shm', '-journal']) rmSync(`${path}${part}`, { force: true });
    onPutAside(aside);
    return new SessionStore(path);
  }
}

/** SQLite's number of an error, or of its cause; 0: not from SQLite. Only the low byte; the rest refines it. */
function sqliteCode(failure: unknown): number {
  if (!(failure instanceof Error)) return 0;
  return 'errcode' in failure ? Number(failure.errcode) % 256 : sqliteCode(failure.cause);
}
