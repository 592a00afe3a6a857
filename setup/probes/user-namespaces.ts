// Whether user namespaces may be made, and whether an ordinary user has enough ids for one.
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { ProbeContext, ProbeLine } from './probe.ts';

const name = 'user namespaces';
/** Debian's own users go up to 65535. */
const leastIds = 65_536;

export async function probeUserNamespaces({ host }: ProbeContext): Promise<ProbeLine> {
  const most = await readNumber('/proc/sys/user/max_user_namespaces');
  if (most === 0) {
    const mend = `${host.rootless ? 'sudo ' : ''}sysctl -w user.max_user_namespaces=15000`;
    return { name, state: 'fail', found: 'user.max_user_namespaces is 0: none can be made', mend };
  }
  if (!host.rootless) return { name, state: 'ok', found: 'a range of 65536 ids for each sandbox' };
  if ((await readNumber('/proc/sys/kernel/unprivileged_userns_clone')) === 0) {
    const mend = 'sudo sysctl -w kernel.unprivileged_userns_clone=1';
    return { name, state: 'fail', found: 'ordinary users may not make them', mend };
  }
  return rangesOf(
    userInfo().username,
    process.getuid?.() ?? 0,
    await readText('/etc/subuid'),
    await readText('/etc/subgid'),
  );
}

/** Pure: what two files of `name:first:count` lines give to a user. */
export function rangesOf(user: string, uid: number, subuid: string, subgid: string): ProbeLine {
  const [uids, gids] = [subuid, subgid].map((text) => largestRange(text, user, uid));
  const ids = Math.min(uids ?? 0, gids ?? 0);
  if (ids >= leastIds) return { name, state: 'ok', found: `${ids} ids for ${user}` };
  return {
    name,
    state: 'fail',
    found: `${ids} ids for ${user} in /etc/subuid and /etc/subgid, expected ${leastIds}`,
    mend: `sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user} && podman system migrate`,
  };
}

function largestRange(text: string, user: string, uid: number): number {
  const counts = text
    .split('\n')
    .map((line) => line.split(':'))
    .filter(([owner]) => owner === user || owner === String(uid))
    .map(([, , count]) => Number(count));
  return Math.max(0, ...counts);
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((failure: NodeJS.ErrnoException) => {
    if (failure.code === 'ENOENT') return '';
    throw failure;
  });
}

/** @returns undefined where this kernel has no such setting */
async function readNumber(file: string): Promise<number | undefined> {
  const text = await readText(file);
  return text === '' ? undefined : Number(text);
}
