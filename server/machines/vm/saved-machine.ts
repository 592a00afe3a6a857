// A machine's part of a saved state: which files it has, and copying them from the container of a running, paused machine.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { tamperKinds } from '../../protocol/machine-actions.ts';
import type { BootPhase } from '../../protocol/messages.ts';
import { stateInside } from './qemu-arguments.ts';
import { vmFiles } from './vm-place.ts';

const phases = [
  'firmware',
  'boot-loader',
  'kernel',
  'initramfs',
  'unlock',
  'system',
  'ready',
] as const satisfies BootPhase[];
const savedSchema = z.strictObject({
  /** Its boot phase: a machine that waits for a passphrase has no agent yet. */
  phase: z.enum(phases),
  /** What *Tamper* had done to it by then. What was replaced is saved as well, so that it can be undone. */
  tampered: z.array(z.enum(tamperKinds)).default([]),
  /** `columns` x `rows` of its console: a clone's terminal of the same size need not report it. Absent: not known. */
  consoleSize: z.string().max(20).optional(),
});
export type SavedMachine = z.infer<typeof savedSchema>;

export const savedMachineFile = 'machine.json';
/** Its memory and devices, in the machine's folder of the state. */
export const deviceStateFile = 'devices';

/** @param dir the machine's folder in a state. @throws {Error} when the record is missing or not valid */
export async function readSavedMachine(dir: string): Promise<SavedMachine> {
  return savedSchema.parse(JSON.parse(await readFile(join(dir, savedMachineFile), 'utf8')));
}

/** Where QEMU writes the state of its devices while it saves, in the container. */
export function deviceStateDraft(machine: string): string {
  return `${vmFiles(machine).dir}/${deviceStateFile}`;
}

/**
 * A script for the machine's container that prints a tar archive of the state, to be run while the machine is paused.
 * Disks become differences against their disk images only, so that a state needs no other state; `clone` holds what a new
 * machine starts with, ready to be copied.
 * @param bases path of each disk's image in the container, undefined for a disk that began blank
 */
export function saveScript(machine: string, bases: readonly (string | undefined)[], saved: SavedMachine): string {
  const files = vmFiles(machine);
  const disks = bases.flatMap((base, at) => {
    const name = `disk-${at}.qcow2`;
    const backing = base === undefined ? `-b ''` : `-F qcow2 -b ${base}`;
    return [
      `cp --sparse=always ${files.disk(at)} ${files.saved}/${name}`,
      `if qemu-img info -U ${files.saved}/${name} | grep -q '^backing file: ${stateInside}/'; then`,
      `  qemu-img rebase -f qcow2 ${backing} ${files.saved}/${name}`,
      'fi',
      `size=$(qemu-img info -U --output=json ${files.saved}/${name} | sed -n 's/^ *"virtual-size": \\([0-9]*\\),$/\\1/p' | tail -n 1)`,
      `qemu-img create -q -u -f qcow2 -F qcow2 -b ${stateInside}/${name} ${files.saved}/clone/${name} "$size"`,
    ];
  });
  return [
    'set -eu',
    `exec 3>&1 >&2`,
    `rm -rf ${files.saved}`,
    `mkdir -p ${files.saved}/clone/tpm`,
    ...disks,
    `[ ! -e ${files.vars} ] || cp ${files.vars} ${files.saved}/clone/`,
    `[ ! -e ${files.untampered} ] || cp -r ${files.untampered} ${files.saved}/clone/`,
    `cp ${files.tpm}/* ${files.saved}/clone/tpm/ 2> /run/tpm-copy.log || echo 'the TPM has nothing to keep'`,
    `[ ! -e ${files.key} ] || cp -r ${files.key} ${files.saved}/clone/`,
    // Pages of zeros need no room: the guest has dropped its caches and wiped its free memory.
    `fallocate --dig-holes ${files.ram}`,
    `mv ${files.dir}/${deviceStateFile} ${files.saved}/${deviceStateFile}`,
    `printf '%s\\n' '${JSON.stringify(saved)}' > ${files.saved}/${savedMachineFile}`,
    `ln ${files.ram} ${files.saved}/ram`,
    `tar --create --sparse --mode=a+rX,u+w --directory=${files.saved} . >&3`,
    `rm -rf ${files.saved}`,
  ].join('\n');
}
