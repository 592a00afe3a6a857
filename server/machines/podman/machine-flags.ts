// The flags of `podman run` for one machine: what a sandbox may and may not do, in one place.
import type { ContainerSpec, VmSpec } from '../engine.ts';
import { stateInside } from '../vm/qemu-arguments.ts';
import { diskInside, launchInside, storedInside } from '../vm/vm-place.ts';
import { containerStateArgs, diskFile } from './container-state.ts';
import type { HostFacts } from './host-facts.ts';
import type { IdRange } from './id-slots.ts';
import { stateLabel } from './lab-states.ts';
import type { SavedState } from './sandbox-states.ts';
import type { SessionDisk } from './session-disk.ts';

export interface MachinePlace {
  instance: string;
  sandboxId: string;
  lab: string;
  disk: SessionDisk;
  ids: IdRange;
  filesDir?: string;
  /** Container whose network namespace is the session's segment; absent for the first machine, which makes it. */
  segmentOf?: string;
  host: HostFacts;
  /** Named state that the sandbox starts from; absent: the lab's beginning. */
  state?: SavedState;
  /** File for the id of the machine's first process. */
  pidFile?: string;
  /** Path of the sandboxes' seccomp profile; absent: podman's default. */
  seccompProfile?: string;
}

/** More open files than any build here needs, and few enough that a thousand sandboxes do not exhaust the host. */
const openFilesPerProcess = 20_000;

/** Name of a machine's container. */
export function containerName(instance: string, sandboxId: string, machine: string): string {
  return `eu-os-labs-${instance}-${sandboxId}-${machine}`;
}

/** Arguments of a container machine, after the global ones: `run … <image>`. */
export function machineRunArgs(machine: ContainerSpec, image: string, place: MachinePlace): string[] {
  return [
    'run',
    '--detach',
    '--name',
    containerName(place.instance, place.sandboxId, machine.name),
    ...(place.pidFile === undefined ? [] : ['--pidfile', place.pidFile]),
    ...labelArgs(machine, place),
    ...networkArgs(machine, place),
    ...userArgs(place),
    ...limitArgs(machine, place),
    ...privilegeArgs(place),
    ...storageArgs(place),
    ...(hasDisk(place.state, machine.name) ? containerStateArgs(place.state.dir, machine.name) : []),
    image,
  ];
}

/** Arguments of the container around a virtual machine, after the global ones. */
export function vmRunArgs(machine: VmSpec, image: string, place: MachinePlace, vm: VmPlace): string[] {
  return [
    'run',
    '--detach',
    '--name',
    containerName(place.instance, place.sandboxId, machine.name),
    ...(place.pidFile === undefined ? [] : ['--pidfile', place.pidFile]),
    ...labelArgs(machine, place),
    ...networkArgs(machine, place),
    // Whose user namespace made the network's: only there may a bridge be changed.
    ...(place.segmentOf === undefined ? userArgs(place) : ['--userns', `container:${place.segmentOf}`]),
    ...limitArgs(
      { memoryMiB: machine.memoryMiB + vmOverheadMiB, cpus: machine.cpus + vmOverheadCpus, pids: vmProcesses },
      place,
    ),
    ...vmPrivilegeArgs(place, vm),
    ...vmStorageArgs(place, vm),
    image,
  ];
}

export interface VmPlace {
  /** `<storageDir>/vm`. */
  storedDir: string;
  /** The machine's own folder, which the server writes. */
  launchDir: string;
  /** The machine's part of the saved state that it starts from. */
  stateDir?: string;
  /** For the tap, and KVM where it works. */
  deviceFlags: string[];
}

/**
 * QEMU beside the guest's memory: code and heap 60 MiB, translated code 128 and what describes it about as much, a screen
 * 16, the TPM 10; the rest is page cache, which the kernel takes back.
 */
const vmOverheadMiB = 448;
/** Disk, screen and TPM work while the guest's processors are busy. */
const vmOverheadCpus = 0.5;
/** A thread for each processor, up to 64 for disks, and a dozen processes of the container. */
const vmProcesses = 256;

/** A tap on the bridge is made in the network's own namespace, names and addresses are given out there; nothing else. */
function vmPrivilegeArgs({ seccompProfile }: MachinePlace, { deviceFlags }: VmPlace): string[] {
  return [
    '--cap-drop',
    'all',
    '--cap-add',
    'NET_ADMIN,NET_RAW,NET_BIND_SERVICE',
    '--security-opt',
    'no-new-privileges',
    '--security-opt',
    'label=disable',
    ...(seccompProfile === undefined ? [] : ['--security-opt', `seccomp=${seccompProfile}`]),
    ...deviceFlags,
  ];
}

function vmStorageArgs({ disk }: MachinePlace, { storedDir, launchDir, stateDir }: VmPlace): string[] {
  return [
    '--read-only',
    '--read-only-tmpfs=false',
    '--tmpfs',
    '/run:rw,nosuid,nodev,mode=755,size=16m',
    '--ipc',
    'none',
    '--volume',
    `${disk.path}:${diskInside}`,
    '--volume',
    `${storedDir}:${storedInside}:ro`,
    '--volume',
    `${launchDir}:${launchInside}:ro`,
    ...(stateDir === undefined ? [] : ['--volume', `${stateDir}:${stateInside}:ro`]),
    '--no-hosts',
    '--volume',
    '/dev/null:/etc/hostname:ro',
    '--volume',
    '/dev/null:/etc/resolv.conf:ro',
    '--log-driver',
    'none',
  ];
}

/** Whether a state has a container machine's disk. The beginning of a lab has none: such machines start empty. */
export function hasDisk(state: SavedState | undefined, machine: string): state is SavedState {
  return state !== undefined && diskFile(machine) in state.record.files;
}

function labelArgs(machine: { name: string }, place: MachinePlace): string[] {
  const labels = {
    'eu-os-labs.instance': place.instance,
    'eu-os-labs.sandbox': place.sandboxId,
    'eu-os-labs.lab': place.lab,
    'eu-os-labs.machine': machine.name,
    ...(place.state === undefined ? {} : { [stateLabel]: place.state.folder }),
  };
  return Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
}

/** A namespace with loopback alone: no route to the host, to other sessions or out, whatever runs inside. */
function networkArgs(machine: { name: string }, place: MachinePlace): string[] {
  if (place.segmentOf !== undefined) return ['--network', `container:${place.segmentOf}`];
  return ['--network', 'none', '--hostname', machine.name];
}

function userArgs({ ids }: MachinePlace): string[] {
  const map = `0:${ids.hostId}:${ids.size}`;
  return ['--uidmap', map, '--gidmap', map];
}

function limitArgs(
  machine: Pick<ContainerSpec, 'memoryMiB' | 'cpus' | 'pids'>,
  { host, disk }: MachinePlace,
): string[] {
  const openFiles = Math.min(openFilesPerProcess, host.maxOpenFiles);
  // Where no controller counts, the kernel does, for each user of the sandbox's namespace: a fork bomb of its root ends.
  const processes = host.unenforced.includes('pids') ? machine.pids : Math.max(machine.pids, 4_096);
  const enforced = (limit: 'memory' | 'cpus' | 'pids') => !host.unenforced.includes(limit);
  return [
    ...(enforced('memory') ? ['--memory', `${machine.memoryMiB}m`, '--memory-swap', `${machine.memoryMiB}m`] : []),
    ...(enforced('cpus') ? ['--cpus', String(machine.cpus)] : []),
    // Without the flag podman would set its own 2048, which fails where the controller is absent.
    '--pids-limit',
    enforced('pids') ? String(machine.pids) : '0',
    '--ulimit',
    `nofile=${openFiles}:${openFiles}`,
    '--ulimit',
    `nproc=${processes}:${processes}`,
    ...(disk.limited ? [] : fileSizeArgs(disk.sizeMiB)),
  ];
}

/** No limit on the disk, but on the slip that fills the host's at once: one file is not larger than the disk should be. */
function fileSizeArgs(sizeMiB: number): string[] {
  const bytes = sizeMiB * 1024 * 1024;
  return ['--ulimit', `fsize=${bytes}:${bytes}`];
}

/**
 * Root in the machine is an unprivileged user of the host, so these hold inside its own user namespace alone: they let
 * podman mount, unshare and set file capabilities in there. The seccomp profile takes back what these open beyond that.
 */
function privilegeArgs({ seccompProfile }: MachinePlace): string[] {
  return [
    '--cap-add',
    'SYS_ADMIN,NET_ADMIN,SETFCAP,MKNOD,SYS_PTRACE',
    '--security-opt',
    'unmask=ALL',
    '--security-opt',
    'label=disable',
    ...(seccompProfile === undefined ? [] : ['--security-opt', `seccomp=${seccompProfile}`]),
    '--device',
    '/dev/fuse',
  ];
}

function storageArgs({ disk, filesDir }: MachinePlace): string[] {
  return [
    '--read-only',
    '--tmpfs',
    '/run:rw,exec,mode=755',
    // A private one without podman's own mount on the host, whose removal races with the container's (podman 4.3).
    '--ipc',
    'none',
    '--tmpfs',
    '/dev/shm:rw,nosuid,nodev,mode=1777,size=64m',
    '--volume',
    `${disk.path}:/disk`,
    ...(filesDir === undefined ? [] : ['--volume', `${filesDir}:/usr/share/lab/files:ro`]),
    '--no-hosts',
    // podman's own files for these belong to the machine's root and lie on the host's disk: a way round the disk limit.
    '--volume',
    '/dev/null:/etc/hostname:ro',
    '--volume',
    '/dev/null:/etc/resolv.conf:ro',
    '--log-driver',
    'none',
  ];
}

/** A program in a container of an image, without anything of the host. */
export function toolRunArgs(host: HostFacts, image: string, argv: string[]): string[] {
  const openFiles = Math.min(openFilesPerProcess, host.maxOpenFiles);
  return [
    'run',
    '--rm',
    '--network',
    'none',
    '--read-only',
    '--log-driver',
    'none',
    '--pids-limit',
    '0',
    '--ulimit',
    `nofile=${openFiles}:${openFiles}`,
    '--ulimit',
    'nproc=256:256',
    image,
    ...argv,
  ];
}
