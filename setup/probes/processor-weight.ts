// The processor weight of all sandboxes together against the host's other programs, with cgroup v1: podman's group keeps the
// weight of a single process, whatever it contains. Says nothing with cgroup v2, or while there are few sandboxes.
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { ProbeContext, ProbeLine } from './probe.ts';

const name = 'processors';
/** Podman's own group, with one group for each container in it, where it manages cgroups by itself. */
const podmanGroup = '/sys/fs/cgroup/cpu/libpod_parent';
/** The weight that the kernel gives a process, and each new group. */
const usualShares = 1024;
/** The kernel's limit (MAX_SHARES). */
const mostShares = 262_144;
const containerGroup = /^libpod-[0-9a-f]{64}$/;

/** @param group where to look; tests pass their own */
export async function probeProcessorWeight(
  { host }: Pick<ProbeContext, 'host'>,
  group = podmanGroup,
): Promise<ProbeLine | undefined> {
  if (host.cgroupMode !== 'v1' && host.cgroupMode !== 'hybrid') return undefined;
  const file = path.join(group, 'cpu.shares');
  const shares = Number(await readFile(file, 'utf8').catch(unlessThere));
  const containers = (await readdir(group).catch(() => [])).filter((entry) => containerGroup.test(entry)).length;
  // With fewer, each gets a processor as long as nothing else wants it.
  if (shares === 0 || containers <= availableParallelism()) return undefined;
  return weightLine(shares, containers, file);
}

/** Pure: the group's weight and its containers → the line; undefined when the weight is enough. */
export function weightLine(shares: number, containers: number, file: string): ProbeLine | undefined {
  const wanted = Math.min(mostShares, containers * usualShares);
  if (shares >= wanted) return undefined;
  const processes = Math.max(1, Math.round(shares / usualShares));
  return {
    name,
    state: 'warn',
    found:
      `${containers} containers together weigh as much as ${processes === 1 ? 'one process' : `${processes} processes`} of this host ` +
      `(${file} is ${shares}): whatever else computes here slows all labs down`,
    mend: `echo ${wanted} > ${file}   # until the next boot; a host with cgroup v2 has no such limit`,
  };
}

/** Where podman leaves cgroups to systemd, or has started nothing yet, there is no such group. */
function unlessThere(failure: NodeJS.ErrnoException): string {
  if (failure.code !== 'ENOENT') throw failure;
  return '0';
}
