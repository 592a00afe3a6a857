// Disk images of virtual machines: made when, and only when, their inputs have changed; never left half made. Made by `podman build`.
import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../errors.ts';
import type { Progress } from '../../protocol/messages.ts';
import type { MachineSpec } from '../engine.ts';
import { makeFolder } from '../../closed-files.ts';
import { hashInputs } from '../podman/image-hash.ts';
import { takeBuildLock } from '../podman/image-lock.ts';
import { BuildProgress } from '../podman/image-progress.ts';
import { stepOfLine } from '../podman/image-recipes.ts';
import type { ImageBuilder } from '../podman/image-builder.ts';
import { podmanBuild } from '../podman/podman-build.ts';
import type { Podman } from '../podman/podman-command.ts';
import { storedDir, storedInside } from './vm-place.ts';

/** Half a minute on a quiet machine of two cores; a crowded or slow one may take ten times as long. */
const makeTimeoutMs = 15 * 60_000;
/** Removing a gigabyte takes some seconds on a slow disk. */
const pruneTimeoutMs = 5 * 60_000;
/** A server of another checkout may still want a disk that this one has no use for; and a sandbox that is starting has no container yet. */
const keepDisksMs = 24 * 3600_000;
/** File in the folder of a disk that is not the current one; the file's time says since when. */
const replacedFile = 'replaced';
/** End of the name of a folder that is being filled. */
const unfinished = '.new';
/** Image that has QEMU's tools. */
const toolsImage = 'vm-host';

/** Disk images that labs may name, each with the container image and the folder under labs/images that it is made from. */
const recipes: Record<string, Recipe | undefined> = {
  desktop: {
    image: 'desktop',
    folder: 'desktop-disk',
    steps: ['desktop-disk:tree', 'desktop-disk:disk'],
    passphrase: 'correct horse',
  },
};

interface Recipe {
  image: string;
  folder: string;
  steps: readonly string[];
  /** The passphrase of the encrypted root. Not a secret: the lesson gives it on its page. */
  passphrase?: string;
}

export interface DiskImagesOptions {
  storageDir: string;
  podman: Podman;
  builder: ImageBuilder;
  /** labs/images of this checkout, unless tests name another folder. */
  imagesDir?: string;
}

export interface DiskImage {
  /** Name of the folder, `<name>-<hash>`; the hash stands for what the disk is made from. */
  key: string;
  /** The qcow2 file on the host; never written again. */
  path: string;
  /** The same file as virtual machines' containers see it. */
  pathInside: string;
  /** The passphrase that its boot asks for at the console; absent when it asks for none. */
  passphrase?: string;
}

export interface DiskImages {
  /**
   * @returns undefined when it has not been made for the current inputs
   * @throws {LabError} LAB_ERR_IMAGE for a name that is not a disk image
   */
  diskImage(name: string): Promise<DiskImage | undefined>;
  /**
   * Makes the disk image, and the container images that it needs, unless it exists.
   * @throws {LabError} LAB_ERR_IMAGE with the reason; no half image is left. The signal's reason when aborted
   */
  prepareDiskImage(name: string, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<void>;
  /**
   * Removes disks that were replaced more than a day ago and that nothing needs.
   * @param needed folders below `<storageDir>/vm`: of these none is removed, however old
   */
  removeOld(needed: ReadonlySet<string>): Promise<void>;
}

/** The disk images of some machines, as folders below `<storageDir>/vm`; those that have not been made have none. */
export async function diskFoldersOf(machines: readonly MachineSpec[], diskImages: DiskImages): Promise<string[]> {
  const disks = machines.flatMap((machine) => (machine.type === 'vm' ? machine.disks : []));
  const images = new Set(disks.flatMap(({ image }) => image ?? []));
  const found = await Promise.all([...images].map((image) => diskImages.diskImage(image)));
  return found.flatMap((disk) => (disk === undefined ? [] : [folderOf(disk.key)]));
}

export function createDiskImages(options: DiskImagesOptions): DiskImages {
  return new BuiltDiskImages({ imagesDir: join(import.meta.dirname, '../../../labs/images'), ...options });
}

class BuiltDiskImages implements DiskImages {
  readonly #options: Required<DiskImagesOptions>;

  constructor(options: Required<DiskImagesOptions>) {
    this.#options = options;
  }

  async diskImage(name: string): Promise<DiskImage | undefined> {
    const image = await this.#place(name);
    if (image === undefined) return undefined;
    try {
      await stat(image.path);
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw failure;
    }
    return image;
  }

  async prepareDiskImage(name: string, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<void> {
    const { builder, storageDir } = this.#options;
    if ((await this.diskImage(name)) !== undefined) return;
    for (const image of [toolsImage, recipeOf(name).image]) await builder.prepareImage(image, onProgress, signal);
    using _lock = await takeBuildLock(storageDir, signal, () =>
      onProgress({ step: `${name}:waiting`, done: 0, total: 1 }),
    );
    // Another server may have made it while this one waited.
    if ((await this.diskImage(name)) !== undefined) return;
    const place = await this.#place(name);
    if (place === undefined) {
      throw new LabError(
        'LAB_ERR_IMAGE',
        `The container image of the disk ${name} was removed while the disk was being made. Start again.`,
      );
    }
    try {
      await this.#make(name, place, onProgress, signal);
    } catch (failure) {
      signal.throwIfAborted();
      if (failure instanceof LabError) throw failure;
      throw new LabError('LAB_ERR_IMAGE', `Making the disk ${name} failed: ${String(failure)}`, failure);
    }
  }

  /** Where the disk is or would be; undefined while the container image from which it is made does not exist. */
  async #place(name: string): Promise<DiskImage | undefined> {
    const { image, folder, passphrase } = recipeOf(name);
    const { builder, imagesDir, storageDir } = this.#options;
    const tag = await builder.reference(image);
    if (tag === undefined) return undefined;
    const key = `${name}-${await hashInputs([join(imagesDir, folder)], [tag])}`;
    return {
      key,
      path: join(disksDir(storageDir), key, 'disk.qcow2'),
      pathInside: `${storedInside}/disks/${key}/disk.qcow2`,
      ...(passphrase === undefined ? {} : { passphrase }),
    };
  }

  async #make(name: string, place: DiskImage, tell: (progress: Progress) => void, signal: AbortSignal): Promise<void> {
    const { podman, builder, imagesDir, storageDir } = this.#options;
    const { image, folder, steps } = recipeOf(name);
    const disks = disksDir(storageDir);
    await makeFolder(disks, 0o755);
    await remove(disks, (entry) => entry.endsWith(unfinished));
    const work = join(disks, `${place.key}${unfinished}`);
    await mkdir(work);
    try {
      using progress = new BuildProgress(storageDir, steps, tell);
      await podmanBuild({
        podman,
        context: join(imagesDir, folder),
        args: [
          '--volume',
          `${work}:/out`,
          '--build-arg',
          `DESKTOP=${await builder.reference(image)}`,
          '--build-arg',
          `VM_HOST=${await builder.reference(toolsImage)}`,
        ],
        log: join(storageDir, 'build-logs', `${folder}.log`),
        what: `the disk of ${name}`,
        source: '(none)',
        timeoutMs: makeTimeoutMs,
        signal,
        onLine: (line) => progress.step(stepOfLine(folder, line) ?? ''),
      });
      await progress.finish();
      for (const entry of await readdir(work)) await chmod(join(work, entry), 0o644);
      await chmod(work, 0o755);
      await rename(work, join(disks, place.key));
    } finally {
      await rm(work, { recursive: true, force: true });
      // The build's own container image is not needed: what it made is in the volume.
      await podman.run(['image', 'prune', '--force'], { timeoutMs: pruneTimeoutMs });
    }
  }

  async removeOld(needed: ReadonlySet<string>): Promise<void> {
    const disks = disksDir(this.#options.storageDir);
    for (const name of Object.keys(recipes)) {
      const present = await this.#place(name);
      // Without the container image, it is unknown which disk is the current one.
      if (present === undefined) continue;
      for (const entry of await entriesOf(disks)) {
        if (!entry.startsWith(`${name}-`) || entry.endsWith(unfinished)) continue;
        const mark = join(disks, entry, replacedFile);
        if (entry === present.key) await rm(mark, { force: true });
        else if (!needed.has(folderOf(entry)) && (await ageOf(mark)) > keepDisksMs) await removeWhole(disks, entry);
      }
    }
  }
}

/** Below `<storageDir>/vm`. */
function folderOf(key: string): string {
  return `disks/${key}`;
}

/** For how long a disk has not been the current one; the first server that notices starts the count. */
async function ageOf(mark: string): Promise<number> {
  try {
    return Date.now() - (await stat(mark)).mtimeMs;
  } catch (failure) {
    unlessGone(failure as NodeJS.ErrnoException);
    await writeFile(mark, '', { mode: 0o644 }).catch(unlessGone);
    return 0;
  }
}

/** Renamed first, because a disk must exist whole or not at all. It is not an error if another server has just removed it. */
async function removeWhole(disks: string, entry: string): Promise<void> {
  const leaving = join(disks, `${entry}${unfinished}`);
  await rename(join(disks, entry), leaving).catch(unlessGone);
  await rm(leaving, { recursive: true, force: true });
}

function unlessGone(failure: NodeJS.ErrnoException): void {
  if (failure.code !== 'ENOENT') throw failure;
}

async function entriesOf(folder: string): Promise<string[]> {
  return readdir(folder).catch((failure: NodeJS.ErrnoException) => {
    if (failure.code === 'ENOENT') return [];
    throw failure;
  });
}

/** @throws {LabError} LAB_ERR_IMAGE for a name that is not a disk image */
function recipeOf(name: string): Recipe {
  const recipe = recipes[name];
  if (recipe !== undefined) return recipe;
  throw new LabError(
    'LAB_ERR_IMAGE',
    `There is no disk image "${name}". Expected one of: ${Object.keys(recipes).join(', ')}. Change the disk of the lab's machine, or add the image.`,
  );
}

function disksDir(storageDir: string): string {
  return join(storedDir(storageDir), 'disks');
}

async function remove(folder: string, isMeant: (entry: string) => boolean): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (isMeant(entry)) await rm(join(folder, entry), { recursive: true, force: true });
  }
}
