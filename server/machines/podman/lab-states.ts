// Named states of labs on this host: what they depend on, which exist, who uses them. sandbox-states.ts has their folders.
import { createHash } from 'node:crypto';
import { LabError } from '../../errors.ts';
import type { LabMachines, MachineSpec } from '../engine.ts';
import type { Podman } from './podman-command.ts';
import { beginning, SandboxStates, type SavedState } from './sandbox-states.ts';
import { damagedFile } from './state-record.ts';

const listTimeoutMs = 15_000;
/** Label of the containers that were started from a state: its folder, as in `SavedState`. */
export const stateLabel = 'eu-os-labs.state';
/** Label of virtual machines' containers: the folders of all disk images in their sandbox, separated by commas. */
export const disksLabel = 'eu-os-labs.disks';
/** QEMU's own refusal of a state, as vm/virtual-machine.ts reports it; other failures of a start say nothing about the state. */
const refusedByQemu = /damaged or was made by another QEMU/;
/** Making a state again does not help if one that is younger than this cannot be restored: that would never end. */
const keepUnrestorableMs = 3600_000;

export interface LabStatesOptions {
  storageDir: string;
  podman: Podman;
  /** What a machine's state depends on apart from the machine's description: its image's tag, QEMU's version. Undefined: not available. */
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

  /**
   * The state that a sandbox starts from, checked only by its size, so that a start is fast. @returns undefined when that
   * state does not exist
   */
  async find(lab: LabMachines, name: string): Promise<SavedState | undefined> {
    const madeOf = await this.madeOf(lab);
    return madeOf === undefined ? undefined : this.folders.find(lab.lab, name, madeOf);
  }

  /** @throws {LabError} when there is none to start from: LAB_ERR_IMAGE for the beginning, otherwise LAB_ERR_START */
  async need(lab: LabMachines, name: string): Promise<SavedState> {
    const found = await this.find(lab, name);
    if (found !== undefined) return found;
    throw notThere(lab.lab, name, 'was not found');
  }

  /** Reads the lab's whole beginning, and marks it if it is damaged, so that `find` no longer finds it. */
  async checkBeginning(lab: LabMachines): Promise<void> {
    const found = await this.find(lab, beginning);
    // A state from a server that kept no checksums cannot be checked: it is made again once.
    const isGood = found?.record.sums !== undefined && (await damagedFile(found.dir, found.record)) === undefined;
    if (found !== undefined && !isGood) await this.folders.mark(found);
  }

  /**
   * After a start from a state has failed: checks whether the state is the reason, and marks it if so.
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
   * @param what name and key; `needs`: folders below `<storageDir>/vm` against which the new state is stored as a difference
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

  /** Removes states from which nothing can start any more. @returns the folders that it removed */
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

  /** Covers every server that shares the storage: a container has its label as long as it exists. */
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
 * Memory and processors of a container are set by its cgroup, and its disk does not depend on them. Those of a virtual
 * machine are part of its state, and so are the addresses that its place in lab.yaml gives it; the first place has the same
 * addresses as in a lab with a single machine.
 */
function hashOf(machine: MachineSpec, index: number): string {
  const ofVm = index === 0 ? machine : { ...machine, index };
  const parts = machine.type === 'container' ? [machine.type, machine.image] : ofVm;
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
