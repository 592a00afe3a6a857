// How many files a sandbox may have open: never more than this process.
import type { ProbeContext, ProbeLine } from './probe.ts';

const name = 'open files';
/** A package manager inside a container build was seen to need some hundred. */
const leastOpenFiles = 1_024;
const comfortableOpenFiles = 4_096;

export async function probeFileLimits({ host }: ProbeContext): Promise<ProbeLine> {
  const found = `hard limit ${host.maxOpenFiles}`;
  if (host.maxOpenFiles >= comfortableOpenFiles) return { name, state: 'ok', found };
  const isEnough = host.maxOpenFiles >= leastOpenFiles;
  return {
    name,
    state: isEnough ? 'warn' : 'fail',
    found: `${found}, expected at least ${isEnough ? comfortableOpenFiles : leastOpenFiles}: builds may stop with “too many open files”`,
    mend: `ulimit -Hn ${comfortableOpenFiles * 5} as root, or nofile in /etc/security/limits.conf, then log in again`,
  };
}
