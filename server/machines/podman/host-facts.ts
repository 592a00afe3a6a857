// What this host lets podman do: runtime, cgroups, file limit, loop devices. Reads facts; starts no container.
import { access, constants, readFile, stat } from 'node:fs/promises';
import type { Unenforced } from '../engine.ts';
import { startProgram } from '../../start-program.ts';

export type CgroupMode = 'v2' | 'hybrid' | 'v1' | 'none';

export interface HostFacts {
  podmanVersion: string | undefined;
  cgroupMode: CgroupMode;
  runtime: 'runc' | 'crun';
  runtimePresent: boolean;
  runtimeVersion: string | undefined;
  rootless: boolean;
  /** This process's hard limit of open files, which is the most that a sandbox may have. */
  maxOpenFiles: number;
  canLoopMount: boolean;
  /** Memory of the whole host in MiB. */
  memoryMiB: number;
  unenforced: Unenforced[];
}

/** A program whose `--version` takes longer than this is hanging. */
const versionTimeoutMs = 10_000;

/** Reads all facts again. Does not throw when something is missing: that is a fact as well. */
export async function readHostFacts(): Promise<HostFacts> {
  const rootless = process.getuid?.() !== 0;
  const cgroupMode = await readCgroupMode();
  const wanted = cgroupMode === 'v2' ? 'crun' : 'runc';
  const other = wanted === 'crun' ? 'runc' : 'crun';
  const wantedVersion = await versionOf(wanted);
  // runc works on v2 as well, but crun does not work on a v1 or hybrid host.
  const otherVersion = wantedVersion === undefined && cgroupMode === 'v2' ? await versionOf(other) : undefined;
  const useOther = otherVersion !== undefined;
  const canLoopMount = !rootless && (await isWritable('/dev/loop-control'));
  return {
    podmanVersion: (await versionOf('podman'))?.replace(/^podman version /, ''),
    cgroupMode,
    runtime: useOther ? other : wanted,
    runtimePresent: useOther || wantedVersion !== undefined,
    runtimeVersion: (wantedVersion ?? otherVersion)?.replace(/^\w+ version /, ''),
    rootless,
    maxOpenFiles: await readMaxOpenFiles(),
    canLoopMount,
    memoryMiB: await readMemoryMiB(),
    unenforced: listUnenforced(rootless, cgroupMode, canLoopMount),
  };
}

/** Rootless podman can set cgroup limits only on v2; the disk limit needs a loop mount, which needs root. */
export function listUnenforced(rootless: boolean, cgroupMode: CgroupMode, canLoopMount: boolean): Unenforced[] {
  const cgroups: Unenforced[] =
    cgroupMode === 'none' || (rootless && cgroupMode !== 'v2') ? ['memory', 'cpus', 'pids'] : [];
  return canLoopMount ? cgroups : [...cgroups, 'disk'];
}

async function readCgroupMode(): Promise<CgroupMode> {
  if (await exists('/sys/fs/cgroup/cgroup.controllers')) return 'v2';
  if (await exists('/sys/fs/cgroup/unified/cgroup.controllers')) return 'hybrid';
  return (await exists('/sys/fs/cgroup/memory')) ? 'v1' : 'none';
}

async function readMaxOpenFiles(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  // 1048576 is what podman itself would ask for.
  return hard === undefined || hard === 'unlimited' ? 1_048_576 : Number(hard);
}

async function readMemoryMiB(): Promise<number> {
  const kib = /^MemTotal:\s+(\d+)/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1];
  return Math.floor(Number(kib ?? 0) / 1024);
}

async function versionOf(program: string): Promise<string | undefined> {
  const result = await startProgram(program, ['--version'], { timeout: versionTimeoutMs, reject: false });
  return result.exitCode === 0 ? result.stdout.split('\n')[0] : undefined;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}
