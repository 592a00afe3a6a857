// The beginnings of labs with virtual machines: made once, by one server, when they are missing. The boot is vm-template.ts.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Progress } from '../../protocol/messages.ts';
import type { LabMachines, VmSpec } from '../engine.ts';
import type { DiskImages } from '../vm/disk-images.ts';
import { takeFileLock } from './file-lock.ts';
import type { LabStates } from './lab-states.ts';
import type { SandboxSaver } from './sandbox-saver.ts';
import type { SandboxStarter } from './sandbox-starter.ts';
import { beginning } from './sandbox-states.ts';
import type { VmSandboxes } from './vm-sandboxes.ts';
import { bootForTemplate } from './vm-template.ts';

/** Boot and save, as progress counts them. */
const templateSteps = 2;

export interface LabTemplatesOptions {
  states: LabStates;
  vms: VmSandboxes;
  diskImages: DiskImages;
  starter: SandboxStarter;
  saver: SandboxSaver;
  /** Ends the sandbox in which a template was made. */
  stop: (sandboxId: string) => Promise<void>;
}

export class LabTemplates {
  readonly #options: LabTemplatesOptions;
  /** Sandboxes in which templates are made. */
  readonly #making = new Set<string>();

  constructor(options: LabTemplatesOptions) {
    this.#options = options;
  }

  /** Whether a sandbox is one in which a template is made now. */
  isMaking(sandboxId: string): boolean {
    return this.#making.has(sandboxId);
  }

  /** Makes a lab's template unless it is there. One server makes it, the others wait and find it. */
  async prepare(lab: LabMachines, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<void> {
    const { states } = this.#options;
    const booted = bootedMachines(lab);
    const tell = (step: string, done: number) => {
      for (const { name } of booted) onProgress({ step: `${name}:${step}`, done, total: templateSteps });
    };
    const lock = join(states.folders.vmDir, 'states', `${lab.lab}.template.lock`);
    using _lock = await takeFileLock(lock, signal, () => tell('waiting', 0));
    const removed = await states.clean(lab);
    if ((await states.find(lab, beginning)) !== undefined) return;
    if (removed.some((folder) => /\/(\.new-)?beginning-/.test(folder))) tell('template-rebuilt', 0);
    await this.#make(lab, tell, signal);
  }

  async #make(lab: LabMachines, tell: (step: string, done: number) => void, signal: AbortSignal): Promise<void> {
    const { vms, diskImages, starter, saver, stop } = this.#options;
    const machines = bootedMachines(lab);
    const id = `template${randomBytes(8).toString('hex')}`;
    this.#making.add(id);
    try {
      tell('boot', 0);
      await starter.start({ ...lab, id, machines, isForSaving: true }, undefined, signal);
      for (const machine of machines) {
        const disk = machine.disks[0]?.image;
        const image = disk === undefined ? undefined : await diskImages.diskImage(disk);
        await bootForTemplate(vms.machine(id, machine.name), image?.passphrase, signal);
      }
      tell('save', 1);
      await saver.save({ sandboxId: id, lab, machines, name: beginning, key: '' }, signal);
    } finally {
      await stop(id);
      this.#making.delete(id);
    }
  }
}

/** Whether a lab's sessions start from a machine that has been booted before. */
export function hasTemplate(lab: Pick<LabMachines, 'machines'>): boolean {
  return bootedMachines(lab).length > 0;
}

function bootedMachines({ machines }: Pick<LabMachines, 'machines'>): VmSpec[] {
  return machines.filter((machine) => machine.type === 'vm').filter(({ boot }) => boot === 'booted');
}
