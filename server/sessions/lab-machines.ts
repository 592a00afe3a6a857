// Translates a lab file into the engine's terms. Decides nothing.
import type { Lab } from '../../labs/read-lab.ts';
import type { LabMachines, MachineSpec } from '../machines/engine.ts';

/** The lab in the form that the engine prepares, starts and saves. */
export function labMachines({ id, file, filesDir }: Lab): LabMachines {
  return {
    lab: id,
    machines: file.machines.map(machineSpec),
    diskMiB: file.disk,
    ...(filesDir === undefined ? {} : { filesDir }),
  };
}

function machineSpec(machine: Lab['file']['machines'][number]): MachineSpec {
  const { name, memory: memoryMiB, cpus } = machine;
  if (machine.type === 'container') {
    return { type: 'container', name, image: machine.image, memoryMiB, cpus, pids: machine.pids };
  }
  const { firmware, tpm, network, bootOrder, screen, boot, securityKey } = machine;
  const disks = machine.disks.map((disk) => ({
    name: disk.name,
    ...(disk.image === undefined ? {} : { image: disk.image }),
    ...(disk.size === undefined ? {} : { sizeMiB: disk.size }),
  }));
  const own = { firmware, tpm, disks, network, bootOrder, screen, boot, securityKey };
  return { type: 'vm', name, memoryMiB, cpus, ...own };
}

/** Whether it is one of the lab's virtual machines. */
export function isVm({ file }: Lab, machine: string): boolean {
  return file.machines.some(({ name, type }) => name === machine && type === 'vm');
}
