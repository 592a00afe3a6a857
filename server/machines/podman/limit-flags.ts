// The flags of `podman run` that limit a container: memory, processors, processes, files. The host's facts decide which are enforced.
import type { ContainerSpec } from '../engine.ts';
import type { HostFacts } from './host-facts.ts';
import type { SessionDisk } from './session-disk.ts';

/** More open files than any build here needs, and few enough that a thousand sandboxes do not exhaust the host. */
const openFilesPerProcess = 20_000;

/** The limits of a container, as far as this host can enforce them. */
export function limitArgs(
  machine: Pick<ContainerSpec, 'memoryMiB' | 'cpus' | 'pids'>,
  { host, disk }: { host: HostFacts; disk: SessionDisk },
): string[] {
  // Where no cgroup controller counts processes, the kernel does so for each user of the sandbox's namespace: that stops a
  // fork bomb of its root.
  const processes = host.unenforced.includes('pids') ? machine.pids : Math.max(machine.pids, 4_096);
  const enforced = (limit: 'memory' | 'cpus' | 'pids') => !host.unenforced.includes(limit);
  return [
    ...(enforced('memory') ? ['--memory', `${machine.memoryMiB}m`, '--memory-swap', `${machine.memoryMiB}m`] : []),
    ...(enforced('cpus') ? ['--cpus', String(machine.cpus)] : []),
    // Without the flag podman would set its own limit of 2048, which fails where the controller is missing.
    '--pids-limit',
    enforced('pids') ? String(machine.pids) : '0',
    ...openFilesArgs(host),
    '--ulimit',
    `nproc=${processes}:${processes}`,
    ...(disk.limited ? [] : fileSizeArgs(disk.sizeMiB)),
  ];
}

/** Open files of each process: never more than the host allows this server. */
export function openFilesArgs(host: HostFacts): string[] {
  const openFiles = Math.min(openFilesPerProcess, host.maxOpenFiles);
  return ['--ulimit', `nofile=${openFiles}:${openFiles}`];
}

/** Not a limit on the disk, but a guard against filling the host's by mistake: no single file may be larger than the disk should be. */
function fileSizeArgs(sizeMiB: number): string[] {
  const bytes = sizeMiB * 1024 * 1024;
  return ['--ulimit', `fsize=${bytes}:${bytes}`];
}
