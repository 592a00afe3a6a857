// What a saved state of a machine depends on, apart from its description in lab.yaml. lab-states.ts compares it.
import { createHash } from 'node:crypto';
import type { MachineSpec, VmSpec } from '../engine.ts';
import type { DiskImages } from '../vm/disk-images.ts';
import { qemuCommand } from '../vm/qemu-arguments.ts';
import type { ImageBuilder } from './image-builder.ts';
import type { VmHost } from './vm-host.ts';

export interface MadeOfSources {
  images: ImageBuilder;
  diskImages: DiskImages;
  vmHost: VmHost;
}

/** @returns undefined while one of the machine's images has not been built */
export async function madeOf(
  { images, diskImages, vmHost }: MadeOfSources,
  machine: MachineSpec,
): Promise<Record<string, string> | undefined> {
  const tag = await (machine.type === 'vm' ? vmHost.tag() : images.reference(machine.image));
  if (tag === undefined) return undefined;
  if (machine.type === 'container') return { [`image:${machine.image}`]: tag };
  const acceleration = await vmHost.accelerate(tag);
  const parts: Record<string, string> = {
    versions: await vmHost.versions(tag),
    acceleration,
    [`hardware:${machine.name}`]: hardwareOf(machine, acceleration),
  };
  for (const { image } of machine.disks) {
    if (image === undefined) continue;
    const found = await diskImages.diskImage(image);
    if (found === undefined) return undefined;
    parts[`disk:${image}`] = found.key;
  }
  return parts;
}

/** QEMU restores a state only into the same devices: everything on its command line counts, except what differs between clones. */
function hardwareOf(machine: VmSpec, acceleration: 'kvm' | 'emulation'): string {
  const command = qemuCommand({
    machine,
    index: 0,
    acceleration,
    memory: 'own',
    isRestored: false,
    hasOtherFirmware: false,
    generation: '',
  });
  return createHash('sha256').update(command.join('\0')).digest('hex').slice(0, 16);
}
