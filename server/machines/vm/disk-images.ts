// Disk images of virtual machines: made when, and only when, what they are made of changed; never half. Made by `podman build`.
import { chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../errors.ts';
import type { Progress } from '../../protocol/messages.ts';
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
/** Sandboxes of a disk made before may run still: none lives longer than a day, with all the time that it may ask for. */
const keepDisksMs = 24 * 3600_000;
/** End of the name of a folder that is being filled. */
const unfinished = '.new';
/** Image that has QEMU's tools. */
const toolsImage = 'vm-host';

/** Disk images that labs may name, each with the container image and the folder under labs/images that it is made of. */
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
  /** Of the encrypted root: no secret, the lesson says it on its page. */
  passphrase?: string;
}

export interface DiskImagesOptions {
  storageDir: string;
  podman: Podman;
  builder: ImageBuilder;
  /** labs/images of this checkout unless told otherwise (tests). */
  imagesDir?: string;
}

export interface DiskImage {
  /** Folder's name, `<name>-<hash>`: what the disk is made of. */
  key: string;
  /** The qcow2 file on the host; never written again. */
  path: string;
  /** The same file as virtual machines' containers see it. */
  pathInside: string;
  /** What its boot asks for at the console; absent when it asks for nothing. */
  passphrase?: string;
}

export interface DiskImages {
  /**
   * @returns undefined when it has not been made for the present inputs
   * @throws {LabError} LAB_ERR_IMAGE for a name that is no disk image
   */
  diskImage(name: string): Promise<DiskImage | undefined>;
  /**
   * Makes it, and the container images that it needs, unless it is there. Older ones of that name go.
   * @throws {LabError} LAB_ERR_IMAGE with the reason; no half image is left. The signal's reason when aborted
   */
  prepareDiskImage(name: string, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<void>;
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
        `The image of the disk ${name} was removed while its disk was made. Start again.`,
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

  /** Where the disk is or would be; undefined while the container image that it is made of is not there. */
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
    await mkdir(disks, { recursive: true });
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
      progress.finish();
      for (const entry of await readdir(work)) await chmod(join(work, entry), 0o644);
      await chmod(work, 0o755);
      await rename(work, join(disks, place.key));
    } finally {
      await rm(work, { recursive: true, force: true });
      // The build's own container image holds nothing: what it made is in the volume.
      await podman.run(['image', 'prune', '--force'], { timeoutMs: pruneTimeoutMs });
    }
    const isOld = await olderThan(disks, keepDisksMs);
    await remove(disks, (entry) => entry.startsWith(`${name}-`) && entry !== place.key && isOld.has(entry));
  }
}

/** @throws {LabError} LAB_ERR_IMAGE for a name that is no disk image */
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

/** Entries of a folder whose time is longer ago than that. */
async function olderThan(folder: string, ageMs: number): Promise<Set<string>> {
  const found = new Set<string>();
  for (const entry of await readdir(folder)) {
    if (Date.now() - (await stat(join(folder, entry))).mtimeMs > ageMs) found.add(entry);
  }
  return found;
}

async function remove(folder: string, isMeant: (entry: string) => boolean): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (isMeant(entry)) await rm(join(folder, entry), { recursive: true, force: true });
  }
}
