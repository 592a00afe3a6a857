// Identifies the process behind a number, because numbers are reused, even after a reboot. Reads only Linux's /proc.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** The field of /proc/PID/stat that holds the start time (proc(5): 22), counted after the name. */
const startField = 19;
const bootIdFile = '/proc/sys/kernel/random/boot_id';

/** The identity of this process. */
export function ownIdentity(): string {
  return identityFrom(readFileSync('/proc/self/stat', 'utf8'), readFileSync(bootIdFile, 'utf8'));
}

function identityFrom(stat: string, bootId: string): string {
  // The name, in parentheses, may contain anything.
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[startField] ?? '';
  return `${bootId.trim()}:${ticks}`;
}

/**
 * @returns text that no other process of this host has had or will have: the boot and the start time. Undefined when there
 * is no such process.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  try {
    return identityFrom(await readFile(`/proc/${pid}/stat`, 'utf8'), await readFile(bootIdFile, 'utf8'));
  } catch (failure) {
    if (['ENOENT', 'ESRCH'].includes((failure as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw failure;
  }
}

/** Whether the process that had this identity still runs. */
export async function isRunning({ pid, identity }: { pid: number; identity: string }): Promise<boolean> {
  return (await processIdentity(pid)) === identity;
}
