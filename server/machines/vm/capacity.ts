// Whether a lab's machines fit on this host at all. How many sessions fit at once is decided by the code of the sessions.
import { LabError } from '../../errors.ts';
import type { MachineSpec } from '../engine.ts';

/**
 * What QEMU needs in addition to the guest's memory: code and heap 60 MiB, translated code 128 and about as much to describe
 * it, a screen 16, the TPM 10; the rest is page cache, which the kernel takes back. Included in the container's limit.
 */
export const vmOverheadMiB = 448;

export interface HostCapacity {
  /** The host's total memory in MiB. */
  memoryMiB: number;
  /** Processors that this server may use. */
  cpus: number;
}

/**
 * Only for labs with virtual machines: a container's limits may exceed what the host has, but a virtual machine needs its
 * memory and processors.
 * @throws {LabError} LAB_ERR_LAB_FILE
 */
export function checkCapacity(lab: string, machines: readonly MachineSpec[], host: HostCapacity): void {
  const vms = machines.filter(({ type }) => type === 'vm');
  const file = `labs/${lab}/lab.yaml`;
  for (const { name, cpus } of vms) {
    if (cpus > host.cpus) {
      throw new LabError(
        'LAB_ERR_LAB_FILE',
        `${file}: machine ${name} asks for ${cpus} processors, but this host has ${host.cpus}; lower its \`cpus\`, or use a larger host`,
      );
    }
  }
  const wanted = vms.reduce((sum, { memoryMiB }) => sum + memoryMiB + vmOverheadMiB, 0);
  if (wanted > host.memoryMiB) {
    const names = vms.map(({ name, memoryMiB }) => `${name} ${memoryMiB}`).join(', ');
    throw new LabError(
      'LAB_ERR_LAB_FILE',
      `${file}: its virtual machines take ${wanted} MiB of memory (${names}, plus ${vmOverheadMiB} for each), but this host has ${host.memoryMiB}; lower their \`memory\`, or use a larger host`,
    );
  }
}
