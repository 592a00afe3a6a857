// Saves a running sandbox as a state of its lab: all machines at the same moment. Folders and records are in sandbox-states.ts.
import type { LabMachines, MachineSpec, VmSpec } from '../engine.ts';
import { diskFoldersOf, type DiskImages } from '../vm/disk-images.ts';
import { deviceStateDraft } from '../vm/saved-machine.ts';
import { packContainer } from './container-state.ts';
import type { LabStates } from './lab-states.ts';
import { containerName } from './machine-flags.ts';
import type { Podman } from './podman-command.ts';
import type { VmSandboxes } from './vm-sandboxes.ts';
import { packMachine } from './vm-state.ts';

export interface SandboxSaverOptions {
  instance: string;
  podman: Podman;
  states: LabStates;
  vms: VmSandboxes;
  diskImages: DiskImages;
}

export interface SaveRequest {
  sandboxId: string;
  lab: LabMachines;
  /** The machines of the lab that the state includes. */
  machines: readonly MachineSpec[];
  /** Of the state. */
  name: string;
  /** What the state was made of, as Engine.saveState. */
  key: string;
}

export class SandboxSaver {
  readonly #options: SandboxSaverOptions;

  constructor(options: SandboxSaverOptions) {
    this.#options = options;
  }

  /** The sandbox goes on afterwards, even after a failure. @throws {LabError} as `LabStates.save` */
  async save({ sandboxId, lab, machines, name, key }: SaveRequest, signal: AbortSignal): Promise<void> {
    const { states, vms } = this.#options;
    const guests = machines.filter((machine) => machine.type === 'vm');
    const diskFolders = await diskFoldersOf(guests, this.#options.diskImages);
    const fill = async (dir: string) => {
      const packAll = async () => {
        // All of them are paused before the first is copied: the state shows one moment of the whole session.
        for (const guest of guests) await vms.machine(sandboxId, guest.name).save(deviceStateDraft(guest.name));
        for (const machine of machines) await this.#pack(sandboxId, machine, dir);
      };
      const goOn = async ({ name: guest }: VmSpec) => vms.machine(sandboxId, guest).goOn();
      const [packed] = await Promise.allSettled([packAll()]);
      // Each of them, whatever happened to the others: a machine that stays paused makes its session hang.
      const wentOn = await Promise.allSettled(guests.map(goOn));
      for (const result of [packed, ...wentOn]) if (result.status === 'rejected') throw result.reason;
    };
    await states.save(lab, { name, key, needs: diskFolders }, fill, signal);
  }

  async #pack(sandboxId: string, machine: MachineSpec, dir: string): Promise<void> {
    const { podman, instance } = this.#options;
    const container = containerName(instance, sandboxId, machine.name);
    if (machine.type === 'container') await packContainer(podman, container, dir, machine.name);
    else await this.#packVm(sandboxId, machine, container, dir);
  }

  async #packVm(sandboxId: string, machine: VmSpec, container: string, dir: string): Promise<void> {
    const { podman, vms, diskImages } = this.#options;
    const bases: (string | undefined)[] = [];
    for (const { image } of machine.disks) {
      bases.push(image === undefined ? undefined : (await diskImages.diskImage(image))?.pathInside);
    }
    const vm = vms.machine(sandboxId, machine.name);
    const { consoleSize } = vm;
    const saved = { phase: vm.phase ?? 'ready', tampered: vm.tampered, ...(consoleSize && { consoleSize }) };
    await packMachine({ podman, container, machine: machine.name, dir, saved, bases });
  }
}
