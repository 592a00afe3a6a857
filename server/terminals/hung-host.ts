// Ends a pty host that does not answer, however it hangs. Recognises it by the lock that it holds, not by a recorded pid.
import * as fs from 'node:fs';
import { hostLockPath } from './host-protocol/host-paths.ts';

/**
 * Kills the process that holds the lock of this state directory's pty host. Its terminals hang up.
 * @returns its pid; undefined when nobody holds the lock, or the kernel does not say who
 */
export function killHostByLock(stateDir: string): number | undefined {
  const pid = lockHolder(hostLockPath(stateDir));
  if (pid === undefined) return undefined;
  process.kill(pid, 'SIGKILL');
  return pid;
}

/** The kernel's list names device and inode of each locked file and its present holder, so no pid can be one that was reused. */
function lockHolder(path: string): number | undefined {
  const file = fs.statSync(path, { throwIfNoEntry: false });
  if (file === undefined) return undefined;
  for (const line of fs.readFileSync('/proc/locks', 'utf8').split('\n')) {
    const [, kind, , , pid, place = ''] = line.split(/ +/);
    // A line with an arrow stands for a process that waits for a lock.
    if (kind !== 'POSIX' || place.split(':')[2] !== String(file.ino)) continue;
    const holder = Number(pid);
    if (holder > 0 && holder !== process.pid && isHostOf(holder, path)) return holder;
  }
  return undefined;
}

/** The kernel's list may name another device than stat does on a layered file system, so the process must also have the file open. */
function isHostOf(pid: number, path: string): boolean {
  const real = fs.realpathSync(path);
  const folder = `/proc/${pid}/fd`;
  try {
    return fs.readdirSync(folder).some((entry) => readLink(`${folder}/${entry}`) === real);
  } catch (error) {
    // The process has ended meanwhile, or belongs to somebody else.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES')) return false;
    throw error;
  }
}

function readLink(path: string): string | undefined {
  try {
    return fs.readlinkSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
