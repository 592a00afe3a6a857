// Which disk image is the present one, without making one: that is tests/machines/vm-disk.test.ts.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ImageBuilder } from '../podman/image-builder.ts';
import { hashInputs } from '../podman/image-hash.ts';
import { createPodman } from '../podman/podman-command.ts';
import { createDiskImages, type DiskImages } from './disk-images.ts';

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
  await rm(storageDir, { recursive: true, force: true });
});

test('a name that is no disk image is refused with the names that are', async () => {
  await expect(disks.diskImage('floppy')).rejects.toThrow(/no disk image "floppy".*desktop/);
});

test('there is no disk while the image that it is made of is not there, nor before it is made', async () => {
  expect(await disks.diskImage('desktop')).toBeUndefined();
  tag = undefined;
  expect(await disks.diskImage('desktop')).toBeUndefined();
});

test('a whole folder is the disk, a half-made one is not; another image or another script means another disk', async () => {
  const parent = join(storageDir, 'vm/disks');
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

/** The name of the folder that the disk would have now. */
async function presentKey(): Promise<string> {
  return `desktop-${await hashInputs([join(storageDir, 'images/desktop-disk')], [String(tag)])}`;
}

async function put(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, '');
}
