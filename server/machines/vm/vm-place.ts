// Where a virtual machine's files, sockets and addresses are, on the host and in its container. Names only: touches nothing.
import { join } from 'node:path';

/** The Unix sockets of one virtual machine. Each takes one client at a time, except `vnc` and `key`. */
export type VmSocketName = 'qmp' | 'agent' | 'rekey' | 'serial' | 'watch' | 'vnc' | 'swtpm' | 'key';

/** Files stored once for all sessions of a host, which see them read-only, at `storedInside` in their containers. */
export const storedInside = '/lab/vm';
/** Where a machine's container reads what the server tells it; it cannot write there. */
export const launchInside = '/lab/launch';
/** The session's disk, which all machines of a session share. */
export const diskInside = '/disk';

/** A folder that no other user of the host may enter: see podman/closed-folders.ts. */
export function privateDir(storageDir: string): string {
  return join(storageDir, 'private');
}

/** Where the host keeps what containers see at `storedInside`. */
export function storedDir(storageDir: string): string {
  return join(privateDir(storageDir), 'vm');
}

/** A sandbox's disk on the host. A hostile program may have put anything below it. */
export function diskDir(sandboxDir: string): string {
  return join(sandboxDir, 'disk');
}

/** Folder on the host that a machine's container sees at `launchInside`; only the server writes there. */
export function launchDir(sandboxDir: string, machine: string): string {
  return join(sandboxDir, 'launch', machine);
}

/**
 * A socket's path.
 * @param disk the session's disk, on the host (`diskDir`) or inside (`diskInside`)
 */
export function socketPath(disk: string, machine: string, name: VmSocketName): string {
  return join(disk, `${machine}-${name}.sock`);
}

/** Folder of the files that a machine writes, in its container: disks, firmware variables, TPM, memory. */
export function filesInside(machine: string): string {
  return `${diskInside}/vm/${machine}`;
}

/** A machine's files, in its container. `ram` is there only in sandboxes that are saved. */
export function vmFiles(machine: string) {
  const dir = filesInside(machine);
  return {
    dir,
    disk: (index: number) => `${dir}/disk-${index}.qcow2`,
    vars: `${dir}/vars.fd`,
    tpm: `${dir}/tpm`,
    /** The memory of its security keys, and which one is plugged in. */
    key: `${dir}/key`,
    ram: `${dir}/ram`,
    /** The originals of what *Tamper* has replaced. */
    untampered: `${dir}/untampered`,
    /** What a save leaves for the server to fetch. */
    saved: `${dir}/saved`,
  };
}

/** Network of a session: a bridge in a namespace of its own, without any way out. */
export const segment = { bridge: 'lab0', gateway: '10.77.0.1', prefix: 24, domain: 'lab' } as const;

/** @param index place of the machine in lab.yaml, from 0; at most 8 machines are allowed there. */
export function machineAddress(index: number): { ip: string; mac: string; tap: string } {
  const host = 10 + index;
  return { ip: `10.77.0.${host}`, mac: `52:54:00:77:00:${host.toString(16).padStart(2, '0')}`, tap: `tap${index}` };
}
