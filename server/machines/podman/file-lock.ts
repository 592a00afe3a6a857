// A lock across processes that the kernel drops when its holder dies. Knows a file, not what it guards.
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { makeClosedFile } from '../../closed-files.ts';

/** How often a waiting process asks again: the guarded work takes seconds to minutes, so half a second hardly matters. */
const askEveryMs = 500;

/**
 * Takes the lock if it is free. SQLite's file lock is used because Node has no flock; the database holds no data. After a
 * kill -9 the lock is free at once.
 * @returns undefined when another process, or another part of this one, holds the lock
 */
export async function tryFileLock(file: string): Promise<Disposable | undefined> {
  await mkdir(dirname(file), { recursive: true });
  // Whoever may read a file may lock it: so no other user may read it, nor any sandbox that sees the folder.
  await makeClosedFile(file);
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return { [Symbol.dispose]: () => database.close() };
  } catch (failure) {
    database.close();
    if (isBusy(failure)) return undefined;
    throw failure;
  }
}

/**
 * Waits until the lock is free, and takes it.
 * @param onWait called once when another holds the lock
 * @throws the signal's reason when it is aborted
 */
export async function takeFileLock(file: string, signal: AbortSignal, onWait: () => void): Promise<Disposable> {
  for (let waited = false; ; waited = true) {
    const lock = await tryFileLock(file);
    if (lock !== undefined) return lock;
    if (!waited) onWait();
    await delay(askEveryMs, undefined, { signal });
  }
}

/** SQLITE_BUSY is 5. */
function isBusy(failure: unknown): boolean {
  return failure instanceof Error && 'errcode' in failure && failure.errcode === 5;
}
