// The templates of labs with virtual machines: made once, by one server, when they are missing. The boot is in vm-template.ts.
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

  /** Whether a template is being made in a sandbox now. */
  isMaking(sandboxId: string): boolean {
    return this.#making.has(sandboxId);
  }

  /** Makes a lab's template unless it exists. One server makes it; the others wait and then find it. */
  async prepare(lab: LabMachines, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<void> {
    const { states } = this.#options;
    const booted = bootedMachines(lab);
    const tell = (step: string, done: number) => {
      for (const { name } of booted) onProgress({ step: `${name}:${step}`, done, total: templateSteps });
    };
    const lock = join(states.folders.vmDir, 'states', `${lab.lab}.template.lock`);
    using _lock = await takeFileLock(lock, signal, () => tell('waiting', 0));
    // Includes one that a start found damaged, and that stays for the sandboxes that run from it.
    const wasThere = (await states.folders.names(lab.lab)).some((name) => /^(\.new-)?beginning-/.test(name));
    await states.checkBeginning(lab);
    await states.clean(lab);
    if ((await states.find(lab, beginning)) !== undefined) return;
    // Replaces the boot's own step, so that a waiting reader sees all the time why the machine boots again.
    tell(wasThere ? 'template-rebuilt' : 'boot', 0);
    await this.#make(lab, () => tell('save', 1), signal);
  }

  async #make(lab: LabMachines, onBooted: () => void, signal: AbortSignal): Promise<void> {
    const { vms, diskImages, starter, saver } = this.#options;
    const machines = bootedMachines(lab);
    const id = `template${randomBytes(8).toString('hex')}`;
    this.#making.add(id);
    try {
      // The whole lab, so that each machine gets the place, and with it the addresses, that it has in sessions.
      await starter.start({ ...lab, id, isForSaving: true }, undefined, signal, machines);
      for (const machine of machines) {
        const disk = machine.disks[0]?.image;
        const image = disk === undefined ? undefined : await diskImages.diskImage(disk);
        await bootForTemplate(vms.machine(id, machine.name), image?.passphrase, signal);
      }
      onBooted();
      await saver.save({ sandboxId: id, lab, machines, name: beginning, key: '' }, signal);
    } catch (failure) {
      // The first thing that went wrong is the one worth reading.
      await this.#end(id).catch(() => undefined);
      throw failure;
    }
    await this.#end(id);
  }

  /** A sandbox that cannot be ended is no longer counted as a template's, so the reaper ends it. */
  async #end(id: string): Promise<void> {
    try {
      await this.#options.stop(id);
    } finally {
      this.#making.delete(id);
    }
  }
}

/** Whether a lab's sessions start from a machine that was booted before. */
export function hasTemplate(lab: Pick<LabMachines, 'machines'>): boolean {
  return bootedMachines(lab).length > 0;
}

function bootedMachines({ machines }: Pick<LabMachines, 'machines'>): VmSpec[] {
  return machines.filter((machine) => machine.type === 'vm').filter(({ boot }) => boot === 'booted');
}
