// The flags of `podman run` for one machine: what a sandbox may and may not do. Limits and files are in the other *-flags.ts.
import type { ContainerSpec, VmSpec } from '../engine.ts';
import { ownIdentity } from '../../process-identity.ts';
import { vmOverheadMiB } from '../vm/capacity.ts';
import { containerStateArgs, diskFile } from './container-state.ts';
import type { HostFacts } from './host-facts.ts';
import type { IdRange } from './id-slots.ts';
import { disksLabel, stateLabel } from './lab-states.ts';
import { limitArgs } from './limit-flags.ts';
import { machineCountLabel, serverIdentityLabel, serverLabel, stateDirLabel } from './sandbox-containers.ts';
import type { SavedState } from './sandbox-states.ts';
import type { SessionDisk } from './session-disk.ts';
import { storageArgs, vmStorageArgs, type VmFolders } from './storage-flags.ts';

export interface MachinePlace {
  instance: string;
  /** The server's state directory. */
  stateDir: string;
  /** How many machines the sandbox has. */
  machineCount: number;
  /** Disk images of its machines, as folders below `<storageDir>/vm`. */
  diskFolders: readonly string[];
  sandboxId: string;
  lab: string;
  disk: SessionDisk;
  ids: IdRange;
  filesDir?: string;
  /** The container whose network namespace is the session's segment; absent for the first machine, which makes it. */
  segmentOf?: string;
  host: HostFacts;
  /** Named state that the sandbox starts from; absent: the lab's beginning. */
  state?: SavedState;
  /** File for the id of the machine's first process. */
  pidFile?: string;
  /** Path of the sandboxes' seccomp profile; absent: podman's default. */
  seccompProfile?: string;
}

/** Name of a machine's container. */
export function containerName(instance: string, sandboxId: string, machine: string): string {
  return `eu-os-labs-${instance}-${sandboxId}-${machine}`;
}

/** Arguments of a container machine, after the global ones: `run … <image>`. */
export function machineRunArgs(machine: ContainerSpec, image: string, place: MachinePlace): string[] {
  return [
    ...runArgs(machine, place),
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
    ...runArgs(machine, place),
    // The container whose user namespace owns the network namespace: only there may a bridge be changed.
    ...(place.segmentOf === undefined ? userArgs(place) : ['--userns', `container:${place.segmentOf}`]),
    ...limitArgs(
      { memoryMiB: machine.memoryMiB + vmOverheadMiB, cpus: machine.cpus + vmOverheadCpus, pids: vmProcesses },
      place,
    ),
    ...vmPrivilegeArgs(place, vm),
    ...vmStorageArgs(place.disk, vm),
    image,
  ];
}

export interface VmPlace extends VmFolders {
  /** For the tap, and KVM where it works. */
  deviceFlags: string[];
}

/** For disk, screen and TPM, which work while the guest's processors are busy. */
const vmOverheadCpus = 0.5;
/** A thread for each processor, up to 64 for disks, and a dozen processes of the container. */
const vmProcesses = 256;

/** Capabilities for making a tap on the bridge in the network namespace and for giving out names and addresses there; no others. */
function vmPrivilegeArgs(place: MachinePlace, { deviceFlags }: VmPlace): string[] {
  return [
    '--cap-drop',
    'all',
    '--cap-add',
    'NET_ADMIN,NET_RAW,NET_BIND_SERVICE',
    '--security-opt',
    'no-new-privileges',
    ...profileArgs(place),
    ...deviceFlags,
  ];
}

/** Whether a state has a container machine's disk. A lab's beginning has none: such machines start empty. */
export function hasDisk(state: SavedState | undefined, machine: string): state is SavedState {
  return state !== undefined && diskFile(machine) in state.record.files;
}

function labelArgs(machine: { name: string }, place: MachinePlace): string[] {
  const labels = {
    'eu-os-labs.instance': place.instance,
    [stateDirLabel]: place.stateDir,
    [serverLabel]: String(process.pid),
    [serverIdentityLabel]: ownIdentity(),
    [machineCountLabel]: String(place.machineCount),
    'eu-os-labs.sandbox': place.sandboxId,
    'eu-os-labs.lab': place.lab,
    'eu-os-labs.machine': machine.name,
    ...(place.diskFolders.length === 0 ? {} : { [disksLabel]: place.diskFolders.join(',') }),
    ...(place.state === undefined ? {} : { [stateLabel]: place.state.folder }),
  };
  return Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
}

/** Name, labels and network of any machine: what every `podman run` of one begins with. */
function runArgs(machine: { name: string }, place: MachinePlace): string[] {
  return [
    'run',
    '--detach',
    '--name',
    containerName(place.instance, place.sandboxId, machine.name),
    ...(place.pidFile === undefined ? [] : ['--pidfile', place.pidFile]),
    ...labelArgs(machine, place),
    ...networkArgs(machine, place),
  ];
}

/** A namespace with only loopback: no route to the host, to other sessions or to the outside, whatever runs inside. */
function networkArgs(machine: { name: string }, place: MachinePlace): string[] {
  if (place.segmentOf !== undefined) return ['--network', `container:${place.segmentOf}`];
  return ['--network', 'none', '--hostname', machine.name];
}

function userArgs({ ids }: MachinePlace): string[] {
  const map = `0:${ids.hostId}:${ids.size}`;
  return ['--uidmap', map, '--gidmap', map];
}

/**
 * Root in the machine is an unprivileged user of the host, so these capabilities hold only inside its own user namespace:
 * they let podman mount, unshare and set file capabilities there. The seccomp profile takes back what they allow beyond that.
 */
function privilegeArgs(place: MachinePlace): string[] {
  return [
    '--cap-add',
    'SYS_ADMIN,NET_ADMIN,SETFCAP,MKNOD,SYS_PTRACE',
    '--security-opt',
    'unmask=ALL',
    ...profileArgs(place),
    '--device',
    '/dev/fuse',
  ];
}

/** What the host's kernel checks in addition to capabilities. */
function profileArgs({ seccompProfile }: MachinePlace): string[] {
  return [
    '--security-opt',
    'label=disable',
    ...(seccompProfile === undefined ? [] : ['--security-opt', `seccomp=${seccompProfile}`]),
  ];
}
