// Which disk image is the current one, without making one: that is in tests/machines/vm-disk.test.ts.
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { VmSpec } from '../engine.ts';
import type { ImageBuilder } from '../podman/image-builder.ts';
import { hashInputs } from '../podman/image-hash.ts';
import { createPodman } from '../podman/podman-command.ts';
import { createDiskImages, diskFoldersOf, type DiskImages } from './disk-images.ts';

const dayMs = 24 * 3600_000;
let storageDir: string;
let tag: string | undefined;
let disks: DiskImages;

const builder: ImageBuilder = {
  prepareImage: () => Promise.resolve(),
  imageDigest: () => Promise.resolve(undefined),
  reference: () => Promise.resolve(tag),
};

beforeEach(async () => {
  storageDir = await mkdtemp(join(tmpdir(), 'eu-os-labs-disks-'));
  const imagesDir = join(storageDir, 'images');
  await mkdir(join(imagesDir, 'desktop-disk'), { recursive: true });
  await writeFile(join(imagesDir, 'desktop-disk/disk'), 'one');
  tag = 'localhost/desktop:1';
  disks = createDiskImages({
    storageDir,
    imagesDir,
    builder,
    podman: createPodman({ storageDir, runtime: 'runc' }),
  });
});

afterEach(async () => {
  vi.useRealTimers();
  await rm(storageDir, { recursive: true, force: true });
});

test('a name that is not a disk image is refused with the names of those that are', async () => {
  await expect(disks.diskImage('floppy')).rejects.toThrow(/no disk image "floppy".*desktop/);
});

test('there is no disk while the image that it is made from is missing, nor before it is made', async () => {
  expect(await disks.diskImage('desktop')).toBeUndefined();
  tag = undefined;
  expect(await disks.diskImage('desktop')).toBeUndefined();
});

test('a whole folder is the disk, a half-made one is not; another image or another script means another disk', async () => {
  const parent = join(storageDir, 'private/vm/disks');
  const key = await presentKey();
  await put(join(parent, `${key}.new`, 'disk.qcow2'));
  expect(await disks.diskImage('desktop')).toBeUndefined();
  await put(join(parent, key, 'disk.qcow2'));
  expect(await disks.diskImage('desktop')).toMatchObject({
    key,
    path: join(parent, key, 'disk.qcow2'),
    pathInside: `/lab/vm/disks/${key}/disk.qcow2`,
    passphrase: 'correct horse',
  });
  tag = 'localhost/desktop:2';
  expect(await disks.diskImage('desktop')).toBeUndefined();
  tag = 'localhost/desktop:1';
  await writeFile(join(storageDir, 'images/desktop-disk/disk'), 'two');
  expect(await disks.diskImage('desktop')).toBeUndefined();
});

test('a replaced disk is removed a day after it was replaced, whenever it was made, but never while it is needed', async () => {
  const parent = join(storageDir, 'private/vm/disks');
  const longAgo = new Date(Date.now() - 3 * dayMs);
  const present = await presentKey();
  for (const key of [present, 'desktop-old', 'desktop-used']) {
    await put(join(parent, key, 'disk.qcow2'));
    await utimes(join(parent, key), longAgo, longAgo);
  }
  const needed = new Set(['disks/desktop-used']);
  await disks.removeOld(needed);
  expect(await readdir(parent)).toEqual(expect.arrayContaining([present, 'desktop-old', 'desktop-used']));
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1.1 * dayMs });
  await disks.removeOld(needed);
  expect((await readdir(parent)).toSorted()).toEqual([present, 'desktop-used'].toSorted());
  // Going back to an older disk: it no longer counts as replaced.
  await put(join(parent, present, 'replaced'));
  await disks.removeOld(new Set());
  expect(await readdir(join(parent, present))).toEqual(['disk.qcow2']);
});

test('for a list of machines, only the folders of existing disks are named', async () => {
  const machine = {
    type: 'vm',
    name: 'm',
    disks: [
      { name: 'a', image: 'desktop' },
      { name: 'b', sizeMiB: 1 },
    ],
  };
  const folders = () => diskFoldersOf([machine as VmSpec], disks);
  expect(await folders()).toEqual([]);
  const key = await presentKey();
  await put(join(storageDir, 'private/vm/disks', key, 'disk.qcow2'));
  expect(await folders()).toEqual([`disks/${key}`]);
});

/** The name of the folder that the disk would have now. */
async function presentKey(): Promise<string> {
  return `desktop-${await hashInputs([join(storageDir, 'images/desktop-disk')], [String(tag)])}`;
}

async function put(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, '');
}
