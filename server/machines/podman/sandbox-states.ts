// Saved states of sandboxes on disk: one folder each, found by lab and name. Knows only folders and records.
import { open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { LabError } from '../../errors.ts';
import { storedDir } from '../vm/vm-place.ts';
import { makeFolder } from '../../closed-files.ts';
import { takeFileLock, tryFileLock } from './file-lock.ts';
import { isWhole, listFiles, readRecord, recordFile, sumFiles, type StateRecord } from './state-record.ts';

/** Name of the state that is the lab's beginning; names of lessons contain a slash. */
export const beginning = 'beginning';

export interface SavedState {
  /** Absolute on this host. */
  dir: string;
  /** Relative to `<storageDir>/vm`, as in `needs` and in the label of the containers that use it. */
  folder: string;
  record: StateRecord;
}

/** The input of `save`, which works out the rest of the record. */
export type NewState = Pick<StateRecord, 'lab' | 'name' | 'key' | 'madeOf' | 'needs'>;

/** A folder that is being filled; the next `clean` removes what a killed process left of it. */
const unfinished = '.new-';
/** The new name of a damaged state's record: the state is no longer found, but stays for the sandboxes that run from it. */
const damagedRecord = 'damaged.json';
/** A starting sandbox may have chosen the state just before a newer one appeared: a start takes 60 s at most. */
const keepReplacedMs = 5 * 60_000;

export class SandboxStates {
  /** `storedDir`: what virtual machines see read-only as /lab/vm. */
  readonly vmDir: string;

  constructor(storageDir: string) {
    this.vmDir = storedDir(storageDir);
  }

  /** The newest complete state of each name that was made from exactly these inputs. */
  async list(lab: string, madeOf: Record<string, string>): Promise<SavedState[]> {
    const newest = new Map<string, SavedState>();
    for (const state of await this.#read(lab)) {
      if (!isSame(state.record.madeOf, madeOf)) continue;
      const other = newest.get(state.record.name);
      if (other !== undefined && other.record.madeAt > state.record.madeAt) continue;
      if (await isWhole(this.vmDir, state.dir, state.record)) newest.set(state.record.name, state);
    }
    return [...newest.values()];
  }

  /** @returns undefined when there is none from which a sandbox may start */
  async find(lab: string, name: string, madeOf: Record<string, string>): Promise<SavedState | undefined> {
    return (await this.list(lab, madeOf)).find((state) => state.record.name === name);
  }

  /**
   * Saves a state, replacing one of the same name: the folder appears whole or not at all. The old one stays until
   * `clean`, for sandboxes that were started from it. Saves of one lab wait for each other, across processes.
   * @param fill writes the state's files into the folder that it is given
   * @throws {LabError} LAB_ERR_DISK_FULL, LAB_ERR_EXEC
   */
  async save(what: NewState, fill: (dir: string) => Promise<void>, signal: AbortSignal): Promise<SavedState> {
    using _lock = await takeFileLock(this.#lockOf(what.lab), signal, () => undefined);
    const name = `${what.name.replaceAll(/[^a-z0-9-]+/g, '.')}-${randomBytes(4).toString('hex')}`;
    const folder = join('states', what.lab, name);
    const dir = join(this.vmDir, folder);
    const filling = join(this.vmDir, 'states', what.lab, `${unfinished}${name}`);
    try {
      // Machines that start from the state read it.
      await makeFolder(join(this.vmDir, 'states', what.lab), 0o755);
      await makeFolder(filling, 0o755);
      await fill(filling);
      const files = await listFiles(filling);
      const record: StateRecord = {
        version: 1,
        ...what,
        files,
        sums: await sumFiles(filling, files),
        madeAt: new Date().toISOString(),
      };
      await writeFile(join(filling, recordFile), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o644 });
      await writeOut(filling, Object.keys(record.files));
      await rename(filling, dir);
      return { dir, folder, record };
    } catch (failure) {
      await rm(filling, { recursive: true, force: true });
      throw asLabError(what, failure);
    }
  }

  /** From now on nothing starts from the state; `clean` removes it when nothing runs from it any more. */
  async mark({ dir }: SavedState): Promise<void> {
    await rename(join(dir, recordFile), join(dir, damagedRecord)).catch((failure: NodeJS.ErrnoException) => {
      // Another start, or another server, was faster.
      if (failure.code !== 'ENOENT') throw failure;
    });
  }

  /** Folders below `<storageDir>/vm` that the saved states of all labs need, whatever images those were made from. */
  async allNeeds(): Promise<Set<string>> {
    const needs = new Set<string>();
    const labs = await readdir(join(this.vmDir, 'states'), { withFileTypes: true }).catch(nothingThere);
    for (const lab of labs) {
      if (!lab.isDirectory()) continue;
      for (const { record } of await this.#read(lab.name)) for (const need of record.needs) needs.add(need);
    }
    return needs;
  }

  /**
   * Removes states from which nothing can start any more: half made, damaged, of other images, replaced by a newer one. What
   * a sandbox uses stays, with everything that it needs.
   * @param inUse folders that sandboxes of any server were started from
   * @returns the removed folders; none while another process saves a state of the lab
   */
  async clean(lab: string, madeOf: Record<string, string>, inUse: ReadonlySet<string>): Promise<string[]> {
    using lock = await tryFileLock(this.#lockOf(lab));
    if (lock === undefined) return [];
    const current = await this.list(lab, madeOf);
    const all = await this.#read(lab);
    const keep = new Set<string>();
    const keepWithNeeds = (folder: string) => {
      if (keep.has(folder)) return;
      keep.add(folder);
      all.find((state) => state.folder === folder)?.record.needs.forEach(keepWithNeeds);
    };
    for (const state of current) keepWithNeeds(state.folder);
    for (const folder of inUse) keepWithNeeds(folder);
    for (const state of all) if (isJustReplaced(state, current)) keepWithNeeds(state.folder);
    const removed: string[] = [];
    for (const name of await this.names(lab)) {
      const folder = join('states', lab, name);
      if (keep.has(folder)) continue;
      await rm(join(this.vmDir, folder), { recursive: true, force: true });
      removed.push(folder);
    }
    return removed;
  }

  async #read(lab: string): Promise<SavedState[]> {
    const states: SavedState[] = [];
    for (const name of await this.names(lab)) {
      if (name.startsWith(unfinished)) continue;
      const folder = join('states', lab, name);
      const record = await readRecord(join(this.vmDir, folder));
      if (record?.lab === lab) states.push({ dir: join(this.vmDir, folder), folder, record });
    }
    return states;
  }

  /** Folders of a lab's states, including half-made and damaged ones. */
  async names(lab: string): Promise<string[]> {
    const entries = await readdir(join(this.vmDir, 'states', lab), { withFileTypes: true }).catch(nothingThere);
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  }

  #lockOf(lab: string): string {
    return join(this.vmDir, 'states', `${lab}.lock`);
  }
}

function nothingThere(failure: NodeJS.ErrnoException): [] {
  if (failure.code === 'ENOENT') return [];
  throw failure;
}

function isSame(a: Record<string, string>, b: Record<string, string>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

function isJustReplaced({ folder, record }: SavedState, current: readonly SavedState[]): boolean {
  const newer = current.find((state) => state.record.name === record.name);
  if (newer === undefined || newer.folder === folder) return false;
  return Date.now() - Date.parse(newer.record.madeAt) < keepReplacedMs;
}

/** After a loss of power there must be no record whose files are empty. */
async function writeOut(dir: string, files: string[]): Promise<void> {
  for (const name of [...files, recordFile]) {
    const file = await open(join(dir, name), 'r');
    await file.sync();
    await file.close();
  }
}

function asLabError({ lab, name }: NewState, failure: unknown): unknown {
  if (failure instanceof LabError) return failure;
  const message = failure instanceof Error ? failure.message : String(failure);
  if (/ENOSPC|No space left on device/.test(message)) {
    return new LabError('LAB_ERR_DISK_FULL', `no room for the state ${name} of ${lab}: ${message}`, failure);
  }
  return new LabError('LAB_ERR_EXEC', `the state ${name} of ${lab} could not be saved: ${message}`, failure);
}
