// One build at a time on a storage directory, across processes: a lock that the kernel drops when its holder dies.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

/** How often a waiting server asks again: a build lasts a minute, half a second is nothing of it. */
const askEveryMs = 500;

/**
 * Waits until no other process builds in this storage directory. SQLite's file lock is used because Node has no flock;
 * the database holds no data. After a kill -9 the lock is free at once.
 * @param onWait called once when another process holds the lock
 * @throws the signal's reason when it is aborted
 */
export async function takeBuildLock(storageDir: string, signal: AbortSignal, onWait: () => void): Promise<Disposable> {
  await mkdir(storageDir, { recursive: true });
  const database = new DatabaseSync(join(storageDir, 'build-lock.sqlite'), { timeout: 0 });
  let waited = false;
  for (;;) {
    try {
      database.exec('BEGIN EXCLUSIVE');
      return { [Symbol.dispose]: () => database.close() };
    } catch (failure) {
      if (!isBusy(failure)) {
        database.close();
        throw failure;
      }
    }
    if (!waited) onWait();
    waited = true;
    try {
      await delay(askEveryMs, undefined, { signal });
    } catch (aborted) {
      database.close();
      throw aborted;
    }
  }
}

/** SQLITE_BUSY is 5. */
function isBusy(failure: unknown): boolean {
  return failure instanceof Error && 'errcode' in failure && failure.errcode === 5;
}
