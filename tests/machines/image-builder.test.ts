// The image builder with real podman: one build per set of inputs, never left half built, and shared by everybody who asks.
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../server/config.ts';
import { readHostFacts } from '../../server/machines/podman/host-facts.ts';
import { createImageBuilder, type ImageBuilder } from '../../server/machines/podman/image-builder.ts';
import { imageNames } from '../../server/machines/podman/image-recipes.ts';
import { createPodman, type Podman } from '../../server/machines/podman/podman-command.ts';
import { openRealSandboxes } from '../support/real-sandbox.ts';

let folder: string;
let storageDir: string;
let imagesDir: string;
let podman: Podman;

const signal = () => new AbortController().signal;

function builder(): ImageBuilder {
  return createImageBuilder({ storageDir, imagesDir, podman, mirror: 'http://127.0.0.1:9/debian' });
}

/** The base consists here of a file and a pause that is long enough to be interrupted. */
async function writeBase(content: string, seconds: number): Promise<void> {
  await writeFile(
    join(imagesDir, 'os-base/Containerfile'),
    `ARG DEBIAN\nFROM \${DEBIAN}\nCOPY packages /build/\nRUN sh /build/packages\nRUN echo ${content} > /content\n`,
  );
  await writeFile(join(imagesDir, 'os-base/packages'), `sleep ${seconds}\n`);
}

async function tags(): Promise<string[]> {
  const listed = await podman.run(['images', '--all', '--format', '{{.Repository}}:{{.Tag}}'], { timeoutMs: 10_000 });
  return listed.split('\n').filter((line) => line !== '' && !line.includes('/debian:'));
}

beforeAll(async () => {
  // The host's storage has the plain Debian and an authority; a copy of both saves this test half a minute.
  await (await openRealSandboxes())[Symbol.asyncDispose]();
  const shared = readConfig([], process.env).storageDir;
  folder = await mkdtemp(join(tmpdir(), 'eu-os-labs-images-'));
  storageDir = join(folder, 'storage');
  imagesDir = join(folder, 'images');
  for (const name of imageNames) await mkdir(join(imagesDir, name), { recursive: true });
  const { runtime } = await readHostFacts();
  podman = createPodman({ storageDir, runtime });
  const host = createPodman({ storageDir: shared, runtime });
  const listed = await host.run(['images', '--format', '{{.Repository}}:{{.Tag}}'], { timeoutMs: 10_000 });
  const debian = listed.split('\n').find((line) => line.includes('/debian:')) ?? 'no debian image';
  const tar = join(folder, 'debian.tar');
  await host.run(['save', '--quiet', '--output', tar, debian], { timeoutMs: 120_000 });
  await podman.run(['load', '--quiet', '--input', tar], { timeoutMs: 120_000 });
  await cp(join(shared, 'authority'), join(storageDir, 'authority'), { recursive: true });
});

afterAll(async () => {
  await execa('umount', ['--lazy', join(storageDir, 'root/overlay')], { reject: false });
  await rm(folder, { recursive: true, force: true });
});

test('built once; concurrent calls and another server share the build; nothing is built again for the same inputs', async () => {
  await writeBase('one', 1);
  const steps: string[] = [];
  const otherSteps: string[] = [];
  const one = builder();
  await Promise.all([
    one.prepareImage('os-base', ({ step }) => steps.push(step), signal()),
    one.prepareImage('os-base', () => undefined, signal()),
    builder().prepareImage('os-base', ({ step }) => otherSteps.push(step), signal()),
  ]);
  // Whichever of the two servers was first builds; the other waits for it and builds nothing.
  const builds = [steps, otherSteps].filter((told) => told.includes('os-base:packages'));
  expect(builds).toHaveLength(1);
  const digest = await one.imageDigest('os-base');
  expect(digest).toMatch(/^sha256:/);
  const again: string[] = [];
  await builder().prepareImage('os-base', ({ step }) => again.push(step), signal());
  expect(again).toEqual([]);
  expect(await builder().imageDigest('os-base')).toBe(digest);
  expect(await tags()).toEqual([await one.reference('os-base')]);
});

test('other inputs make another image, and the old one is removed', async () => {
  const before = await builder().reference('os-base');
  await writeBase('two', 0);
  expect(await builder().reference('os-base')).toBeUndefined();
  await builder().prepareImage('os-base', () => undefined, signal());
  const after = await builder().reference('os-base');
  expect(after).not.toBe(before);
  expect(await tags()).toEqual([after]);
});

test('a builder killed in the middle leaves no image and no process, and the next build cleans up', async () => {
  const kept = await tags();
  await writeBase('three', 61);
  const script = `
    import { createImageBuilder } from ${JSON.stringify(join(import.meta.dirname, '../../server/machines/podman/image-builder.ts'))};
    import { createPodman } from ${JSON.stringify(join(import.meta.dirname, '../../server/machines/podman/podman-command.ts'))};
    const podman = createPodman(${JSON.stringify(podman.place)});
    const options = ${JSON.stringify({ storageDir, imagesDir })};
    await createImageBuilder({ ...options, podman }).prepareImage('os-base', () => undefined, new AbortController().signal);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'ignore' });
  const sleeping = async () => (await execa('pgrep', ['-fx', 'sleep 61'], { reject: false })).exitCode === 0;
  await expect.poll(sleeping, { timeout: 30_000 }).toBe(true);
  child.kill('SIGKILL');
  await expect.poll(sleeping, { timeout: 10_000 }).toBe(false);
  expect((await tags()).filter((tag) => !tag.startsWith('<none>'))).toEqual(kept);
  await writeBase('three', 0);
  await builder().prepareImage('os-base', () => undefined, signal());
  expect(await tags()).toEqual([await builder().reference('os-base')]);
  const working = await podman.run(['ps', '--all', '--external', '--quiet'], { timeoutMs: 10_000 });
  expect(working.trim()).toBe('');
  expect(await readdir(storageDir)).not.toContain('build');
});

test('an aborted call ends the build when nobody else waits', async () => {
  await writeBase('four', 62);
  const controller = new AbortController();
  const building = builder().prepareImage(
    'os-base',
    ({ step }) => step === 'os-base:packages' && controller.abort(new Error('enough')),
    controller.signal,
  );
  await expect(building).rejects.toThrow('enough');
});

test('LAB_ERR_IMAGE names a mirror that cannot be reached', async () => {
  await writeFile(
    join(imagesDir, 'os-base/Containerfile'),
    'ARG DEBIAN\nFROM ${DEBIAN}\nRUN echo deb http://127.0.0.1:9/debian trixie main > /etc/apt/sources.list.d/debian.list && apt-get update -o APT::Update::Error-Mode=any\n',
  );
  const building = builder().prepareImage('os-base', () => undefined, signal());
  await expect(building).rejects.toMatchObject({
    code: 'LAB_ERR_IMAGE',
    message: expect.stringContaining('http://127.0.0.1:9/debian cannot be reached'),
  });
});
