// Where a pty host's files are in the state directory. Names only.
import { join } from 'node:path';

export const hostSocketPath = (stateDir: string): string => join(stateDir, 'pty-host.sock');
export const hostLockPath = (stateDir: string): string => join(stateDir, 'pty-host.lock');
export const hostLogPath = (stateDir: string): string => join(stateDir, 'pty-host.log');
