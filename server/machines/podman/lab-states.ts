// Named states of labs on this host: what they are made of, which there are, who uses them. Folders are sandbox-states.ts.
import { createHash } from 'node:crypto';
import { LabError } from '../../errors.ts';
import type { LabMachines, MachineSpec } from '../engine.ts';
import type { Podman } from './podman-command.ts';
import { SandboxStates, type SavedState } from './sandbox-states.ts';

const listTimeoutMs = 15_000;
/** Label of the containers that were started from a state: its folder, as in `SavedState`. */
export const stateLabel = 'eu-os-labs.state';

export interface LabStatesOptions {
  storageDir: string;
  podman: Podman;
  /** What a machine's state depends on beside its own description: its image's tag, QEMU's version. Undefined: not there. */
  madeOf: (machine: MachineSpec) => Promise<Record<string, string> | undefined>;
}

export class LabStates {
  readonly folders: SandboxStates;
  readonly #options: LabStatesOptions;

  constructor(options: LabStatesOptions) {
    this.folders = new SandboxStates(options.storageDir);
    this.#options = options;
  }

  /** What a state of this lab must have been made of to be started from now; undefined while images are missing. */
  async madeOf({ machines }: Pick<LabMachines, 'machines'>): Promise<Record<string, string> | undefined> {
    const all: Record<string, string> = {};
    for (const machine of machines) {
      const parts = await this.#options.madeOf(machine);
      if (parts === undefined) return undefined;
      Object.assign(all, parts, { [`machine:${machine.name}`]: hashOf(machine) });
    }
    return all;
  }

  /** @returns undefined when there is none that may be started from */
  async find(lab: LabMachines, name: string): Promise<SavedState | undefined> {
    const madeOf = await this.madeOf(lab);
    return madeOf === undefined ? undefined : this.folders.find(lab.lab, name, madeOf);
  }

  /** @throws {LabError} LAB_ERR_START when there is none that may be started from */
  async need(lab: LabMachines, name: string): Promise<SavedState> {
    const found = await this.find(lab, name);
    if (found !== undefined) return found;
    throw new LabError('LAB_ERR_START', `found no state ${name} of ${lab.lab}; npm run states makes it`);
  }

  async list(lab: LabMachines): Promise<SavedState[]> {
    const madeOf = await this.madeOf(lab);
    return madeOf === undefined ? [] : this.folders.list(lab.lab, madeOf);
  }

  /**
   * @param what name and key; `needs`: folders below `<storageDir>/vm` to which the new state is a difference
   * @param fill writes the state's files into the folder that it is given
   * @throws {LabError} LAB_ERR_IMAGE, LAB_ERR_DISK_FULL, LAB_ERR_EXEC
   */
  async save(
    lab: LabMachines,
    what: { name: string; key: string; needs: string[] },
    fill: (dir: string) => Promise<void>,
    signal: AbortSignal,
  ): Promise<SavedState> {
    const madeOf = await this.madeOf(lab);
    if (madeOf === undefined) throw new LabError('LAB_ERR_IMAGE', `the images of ${lab.lab} have not been built`);
    const saved = await this.folders.save({ lab: lab.lab, madeOf, ...what }, fill, signal);
    await this.clean(lab);
    return saved;
  }

  /** Removes states that nobody can start from any more. @returns their folders */
  async clean(lab: LabMachines): Promise<string[]> {
    const madeOf = await this.madeOf(lab);
    return madeOf === undefined ? [] : this.folders.clean(lab.lab, madeOf, await this.#inUse());
  }

  /** Of every server that shares the storage: a label is on a container as long as it is there. */
  async #inUse(): Promise<Set<string>> {
    const args = ['ps', '--all', '--filter', `label=${stateLabel}`, '--format', 'json'];
    const rows = JSON.parse(await this.#options.podman.run(args, { timeoutMs: listTimeoutMs })) as {
      Labels: Record<string, string> | null;
    }[];
    return new Set(rows.flatMap(({ Labels }) => Labels?.[stateLabel] ?? []));
  }
}

/** Memory and processors of a container are its cgroup's: a disk does not depend on them. A virtual machine's are its own. */
function hashOf(machine: MachineSpec): string {
  const parts = machine.type === 'container' ? [machine.type, machine.image] : machine;
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
