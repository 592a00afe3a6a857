// The flags of `podman run` that limit a container: memory, processors, processes, files. The host's facts decide which are enforced.
import type { ContainerSpec } from '../engine.ts';
import type { HostFacts } from './host-facts.ts';
import type { SessionDisk } from './session-disk.ts';

/** More open files than any build here needs, and few enough that a thousand sandboxes do not exhaust the host. */
const openFilesPerProcess = 20_000;

/** What a container may have at most, as far as this host can enforce it. */
export function limitArgs(
  machine: Pick<ContainerSpec, 'memoryMiB' | 'cpus' | 'pids'>,
  { host, disk }: { host: HostFacts; disk: SessionDisk },
): string[] {
  // Where no controller counts, the kernel does, for each user of the sandbox's namespace: a fork bomb of its root ends.
  const processes = host.unenforced.includes('pids') ? machine.pids : Math.max(machine.pids, 4_096);
  const enforced = (limit: 'memory' | 'cpus' | 'pids') => !host.unenforced.includes(limit);
  return [
    ...(enforced('memory') ? ['--memory', `${machine.memoryMiB}m`, '--memory-swap', `${machine.memoryMiB}m`] : []),
    ...(enforced('cpus') ? ['--cpus', String(machine.cpus)] : []),
    // Without the flag podman would set its own 2048, which fails where the controller is absent.
    '--pids-limit',
    enforced('pids') ? String(machine.pids) : '0',
    ...openFilesArgs(host),
    '--ulimit',
    `nproc=${processes}:${processes}`,
    ...(disk.limited ? [] : fileSizeArgs(disk.sizeMiB)),
  ];
}

/** Open files of each process: never more than this host allows this server. */
export function openFilesArgs(host: HostFacts): string[] {
  const openFiles = Math.min(openFilesPerProcess, host.maxOpenFiles);
  return ['--ulimit', `nofile=${openFiles}:${openFiles}`];
}

/** No limit on the disk, but on the slip that fills the host's at once: one file is not larger than the disk should be. */
function fileSizeArgs(sizeMiB: number): string[] {
  const bytes = sizeMiB * 1024 * 1024;
  return ['--ulimit', `fsize=${bytes}:${bytes}`];
}
