// One build at a time on a storage directory, across processes.
import { join } from 'node:path';
import { takeFileLock } from './file-lock.ts';

/**
 * Waits until no other process builds in this storage directory. After a kill -9 the lock is free at once.
 * @param onWait called once when another process holds the lock
 * @throws the signal's reason when it is aborted
 */
export function takeBuildLock(storageDir: string, signal: AbortSignal, onWait: () => void): Promise<Disposable> {
  return takeFileLock(join(storageDir, 'build-lock.sqlite'), signal, onWait);
}
