// Named states of labs on this host: what they depend on, which exist, who uses them. Folders are in sandbox-states.ts.
import { createHash } from 'node:crypto';
import { LabError } from '../../errors.ts';
import type { LabMachines, MachineSpec } from '../engine.ts';
import type { Podman } from './podman-command.ts';
import { beginning, SandboxStates, type SavedState } from './sandbox-states.ts';
import { damagedFile } from './state-record.ts';

const listTimeoutMs = 15_000;
/** Label of the containers that were started from a state: its folder, as in `SavedState`. */
export const stateLabel = 'eu-os-labs.state';
/** Label of virtual machines' containers: the folders of all disk images that their sandbox has, with commas. */
export const disksLabel = 'eu-os-labs.disks';
/** QEMU's own refusal of a state, as vm/virtual-machine.ts tells it; other failures of a start say nothing of the state. */
const refusedByQemu = /damaged or was made by another QEMU/;
/** A state that is younger and cannot be restored will not get better by being made again: that would never end. */
const keepUnrestorableMs = 3600_000;

export interface LabStatesOptions {
  storageDir: string;
  podman: Podman;
  /** What a machine's state depends on, apart from its own description: its image's tag, QEMU's version. Undefined: not available. */
  madeOf: (machine: MachineSpec) => Promise<Record<string, string> | undefined>;
}

export class LabStates {
  readonly folders: SandboxStates;
  readonly #options: LabStatesOptions;

  constructor(options: LabStatesOptions) {
    this.folders = new SandboxStates(options.storageDir);
    this.#options = options;
  }

  /** What a state of this lab must have been made from to be usable now; undefined while images are missing. */
  async madeOf({ machines }: Pick<LabMachines, 'machines'>): Promise<Record<string, string> | undefined> {
    const all: Record<string, string> = {};
    for (const [index, machine] of machines.entries()) {
      const parts = await this.#options.madeOf(machine);
      if (parts === undefined) return undefined;
      Object.assign(all, parts, { [`machine:${machine.name}`]: hashOf(machine, index) });
    }
    return all;
  }

  /** What a sandbox starts from, checked only by size, so that a start is fast. @returns undefined when that state does not exist */
  async find(lab: LabMachines, name: string): Promise<SavedState | undefined> {
    const madeOf = await this.madeOf(lab);
    return madeOf === undefined ? undefined : this.folders.find(lab.lab, name, madeOf);
  }

  /** @throws {LabError} when there is none that may be started from: LAB_ERR_IMAGE for the beginning, else LAB_ERR_START */
  async need(lab: LabMachines, name: string): Promise<SavedState> {
    const found = await this.find(lab, name);
    if (found !== undefined) return found;
    throw notThere(lab.lab, name, 'was not found');
  }

  /** Reads all of the lab's beginning, and marks it when it is damaged, so that `find` no longer finds it. */
  async checkBeginning(lab: LabMachines): Promise<void> {
    const found = await this.find(lab, beginning);
    // One of a server before there were sums cannot be checked: it is made again once.
    const isGood = found?.record.sums !== undefined && (await damagedFile(found.dir, found.record)) === undefined;
    if (found !== undefined && !isGood) await this.folders.mark(found);
  }

  /**
   * After a start from a state has failed: looks whether the state is why, and marks it then.
   * @returns the error for the reader; undefined when the state is as it was saved
   */
  async blame(state: SavedState, failure: unknown): Promise<LabError | undefined> {
    const { lab, name, madeAt } = state.record;
    const message = failure instanceof Error ? failure.message : String(failure);
    const file = await damagedFile(state.dir, state.record);
    const isRefused = refusedByQemu.test(message) && Date.now() - Date.parse(madeAt) > keepUnrestorableMs;
    if (file === undefined && !isRefused) return undefined;
    await this.folders.mark(state);
    const what = file === undefined ? `cannot be restored (${message})` : `is damaged (${file} has changed)`;
    return notThere(lab, name, what, failure);
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

  /** Removes states from which nothing can start any more. @returns their folders */
  async clean(lab: LabMachines): Promise<string[]> {
    const madeOf = await this.madeOf(lab);
    return madeOf === undefined ? [] : this.folders.clean(lab.lab, madeOf, await this.#inUse());
  }

  /** Folders of disk images that a sandbox of any server, or a state of any lab, needs: below `<storageDir>/vm`. */
  async neededDisks(): Promise<Set<string>> {
    const inUse = await this.#labels(disksLabel);
    return new Set([...inUse.flatMap((folders) => folders.split(',')), ...(await this.folders.allNeeds())]);
  }

  async #inUse(): Promise<Set<string>> {
    return new Set(await this.#labels(stateLabel));
  }

  /** Of every server that shares the storage: a label is on a container as long as it is there. */
  async #labels(label: string): Promise<string[]> {
    const args = ['ps', '--all', '--filter', `label=${label}`, '--format', 'json'];
    const rows = JSON.parse(await this.#options.podman.run(args, { timeoutMs: listTimeoutMs })) as {
      Labels: Record<string, string> | null;
    }[];
    return rows.flatMap(({ Labels }) => Labels?.[label] ?? []);
  }
}

function notThere(lab: string, name: string, what: string, cause?: unknown): LabError {
  if (name === beginning) {
    const sentence = `the saved machine of ${lab} ${what}; it is being made again: start the lab again, it begins as soon as that is done`;
    return new LabError('LAB_ERR_IMAGE', sentence, cause);
  }
  return new LabError('LAB_ERR_START', `the state ${name} of ${lab} ${what}; npm run states makes it`, cause);
}

/**
 * Memory and processors of a container are its cgroup's: a disk does not depend on them. A virtual machine's are its own,
 * and so are the addresses that its place in lab.yaml gives it; in the first place they are those of a lab without others.
 */
function hashOf(machine: MachineSpec, index: number): string {
  const ofVm = index === 0 ? machine : { ...machine, index };
  const parts = machine.type === 'container' ? [machine.type, machine.image] : ofVm;
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
