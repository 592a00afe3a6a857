// One pty host per state directory: a lock that the kernel frees when its holder dies, however it dies.
import { DatabaseSync } from 'node:sqlite';

/**
 * Takes the lock for the life of this process. SQLite's lock is a POSIX file lock, which Node offers nowhere else;
 * nothing is stored in the file.
 * @returns false when another live process holds it.
 */
export function takeHostLock(path: string): boolean {
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

// A database that is garbage collected closes its file and frees the lock.
const held: DatabaseSync[] = [];
