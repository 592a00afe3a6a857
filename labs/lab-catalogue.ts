// The labs as their files are now: reads them again when one has changed, and reports which lab. Knows nothing of sessions or engines.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { asLabFileError, labIds, readLab, type Lab, type LabFileError } from './read-lab.ts';

/** A lab as it was read last. */
interface Known {
  /** What a change is recognised by: names, sizes, times and modes of its files. */
  fingerprint: string;
  read: Lab | LabFileError;
  /** From the last time it was read without a mistake. */
  title: string;
}

export interface BrokenLab {
  id: string;
  title: string;
  error: LabFileError;
}

export class LabCatalogue {
  readonly #labsDir: string;
  readonly #known = new Map<string, Known>();
  #onChange: (id: string) => void = () => undefined;

  /** Reads every lab under `labsDir`. A broken one does not hide the others. */
  constructor(labsDir: string) {
    this.#labsDir = labsDir;
    this.readAgain();
  }

  /** One listener, called with the id of each lab that has changed, has come, or has gone. */
  onChange(listener: (id: string) => void): void {
    this.#onChange = listener;
  }

  /** Labs without a mistake, by name. */
  all(): Lab[] {
    return [...this.#known.values()].flatMap(({ read }) => (isLab(read) ? [read] : []));
  }

  /** @returns the same object until its files change; undefined for a lab that is broken or not there */
  find(id: string): Lab | undefined {
    const read = this.#known.get(id)?.read;
    return read !== undefined && isLab(read) ? read : undefined;
  }

  broken(): BrokenLab[] {
    return [...this.#known].flatMap(([id, { read, title }]) => (isLab(read) ? [] : [{ id, title, error: read }]));
  }

  /**
   * To be called every other second. This takes some sixty stat calls and works wherever the files are: the kernel's
   * notifications run out, and there are none for network and shared folders.
   */
  readAgain(): void {
    const ids = labIds(this.#labsDir);
    const changed = [...this.#known.keys()].filter((id) => !ids.includes(id));
    for (const id of changed) this.#known.delete(id);
    for (const id of ids) {
      const fingerprint = this.#fingerprint(id);
      const before = this.#known.get(id);
      if (before?.fingerprint === fingerprint) continue;
      const read = this.#read(id);
      const title = isLab(read) ? read.file.title : (before?.title ?? id);
      this.#known.set(id, { fingerprint, read, title });
      changed.push(id);
    }
    for (const id of changed) this.#onChange(id);
  }

  #read(id: string): Lab | LabFileError {
    try {
      return readLab(join(this.#labsDir, id));
    } catch (failure) {
      return asLabFileError(join(this.#labsDir, id), failure);
    }
  }

  #fingerprint(id: string): string {
    const images = join(this.#labsDir, 'images');
    const dir = join(this.#labsDir, id);
    try {
      const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).toSorted();
      const files = names.map((name) => `${name} ${stampOf(join(dir, name))}`);
      return [...(existsSync(images) ? readdirSync(images).toSorted() : []), ...files].join('\n');
    } catch (failure) {
      // It is being removed right now: whatever is found next counts as a change.
      return String(failure);
    }
  }
}

function isLab(read: Lab | LabFileError): read is Lab {
  return 'file' in read;
}

function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? 'gone' : `${found.size} ${found.mtimeMs} ${found.mode}`;
}
