// The flags of `podman run` for a machine's files: what it reads and writes on the host. Its rights are in machine-flags.ts.
import { stateInside } from '../vm/qemu-arguments.ts';
import { diskInside, launchInside, storedInside } from '../vm/vm-place.ts';
import type { SessionDisk } from './session-disk.ts';

/** What the container around a virtual machine reads from the host. */
export interface VmFolders {
  /** `<storageDir>/vm`. */
  storedDir: string;
  /** The machine's own folder, which the server writes. */
  launchDir: string;
  /** The machine's part of the saved state that it starts from. */
  stateDir?: string;
}

/** Turns off the files of a machine that podman would keep on the host's disk: hosts, name, resolver, log. */
const hostFileArgs = [
  '--no-hosts',
  // podman's own files for these belong to the machine's root and are on the host's disk, which would be a way around the disk limit.
  '--volume',
  '/dev/null:/etc/hostname:ro',
  '--volume',
  '/dev/null:/etc/resolv.conf:ro',
  '--log-driver',
  'none',
];

/** Files of a container machine: only its disk is writable, and memory that counts as its own. */
export function storageArgs({ disk, filesDir }: { disk: SessionDisk; filesDir?: string }): string[] {
  return [
    '--read-only',
    '--tmpfs',
    '/run:rw,exec,mode=755',
    // Private, and without podman's own mount on the host, whose removal races with the container's (podman 4.3).
    '--ipc',
    'none',
    '--tmpfs',
    '/dev/shm:rw,nosuid,nodev,mode=1777,size=64m',
    '--volume',
    `${disk.path}:/disk`,
    ...(filesDir === undefined ? [] : ['--volume', `${filesDir}:/usr/share/lab/files:ro`]),
    ...hostFileArgs,
  ];
}

/** Files of the container around a virtual machine. */
export function vmStorageArgs(disk: SessionDisk, { storedDir, launchDir, stateDir }: VmFolders): string[] {
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
    ...hostFileArgs,
  ];
}
