// One pty host per state directory: a lock that the kernel releases when its holder dies, however it dies.
import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/**
 * Takes the lock for the life of this process. SQLite's lock is a POSIX file lock, which Node does not offer otherwise;
 * nothing is stored in the file.
 * @returns false when another live process holds it.
 */
export function takeHostLock(path: string): boolean {
  // Whoever may read the file may lock it, and then no host would ever start: it is for this user alone.
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked/.test(error.message)) return false;
    throw error;
  }
  held.push(database);
  return true;
}

// Kept, because a database that is garbage-collected closes its file and frees the lock.
const held: DatabaseSync[] = [];
