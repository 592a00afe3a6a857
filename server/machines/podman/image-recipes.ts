// The images that labs may name: folder, parents, steps, and the inputs of each build. Data and paths only.
import { join } from 'node:path';
import { LabError } from '../../errors.ts';
import { debianRecipe, debianSuite } from './debian-base.ts';
import { hashInputs } from './image-hash.ts';

export const imageNames = ['os-base', 'workstation', 'vm-host', 'desktop'] as const;
export type ImageName = (typeof imageNames)[number];

/** Steps of one image in order; in a Containerfile, a step is named after the script that its RUN starts. */
export const imageSteps: Record<ImageName, readonly string[]> = {
  'os-base': ['os-base:packages', 'os-base:initramfs', 'os-base:layout', 'os-base:lint', 'os-base:save'],
  workstation: [
    'workstation:base',
    'workstation:repository',
    'workstation:packages',
    'workstation:base-store',
    'workstation:save',
  ],
  'vm-host': ['vm-host:packages', 'vm-host:save'],
  desktop: ['desktop:packages', 'desktop:initramfs', 'desktop:layout', 'desktop:lint', 'desktop:save'],
};

/** Images that are made from the base. */
export const imagesOnBase: readonly ImageName[] = ['workstation', 'desktop'];

/** @throws {LabError} LAB_ERR_IMAGE for a name without a folder under labs/images */
export function imageName(name: string): ImageName {
  const known = imageNames.find((each) => each === name);
  if (known !== undefined) return known;
  throw new LabError(
    'LAB_ERR_IMAGE',
    `There is no image "${name}". Expected one of: ${imageNames.join(', ')}. Change the lab's machine, or add the image.`,
  );
}

export type ImageTags = Record<ImageName | 'debian', string>;

export const imagePrefix = 'localhost/eu-os-labs';

/**
 * Tags by content: a tag that exists is the image of exactly these inputs.
 * @param authority fingerprint of the authority that the containers' images trust
 * @param loginKey fingerprint of the key by which terminals log in to virtual machines
 */
export async function imageTags(imagesDir: string, authority: string, loginKey: string): Promise<ImageTags> {
  const debian = await hashInputs([], [debianSuite, ...debianRecipe, process.arch]);
  const base = await hashInputs([join(imagesDir, 'os-base')], [debian, authority]);
  const workstation = await hashInputs([join(imagesDir, 'workstation')], [debian, authority, base]);
  const vmHost = await hashInputs([join(imagesDir, 'vm-host')], [debian, loginKey]);
  const desktop = await hashInputs([join(imagesDir, 'desktop')], [debian, base, loginKey]);
  return {
    debian: `${imagePrefix}/debian:${debian}`,
    'os-base': `${imagePrefix}/os-base:${base}`,
    workstation: `${imagePrefix}/workstation:${workstation}`,
    'vm-host': `${imagePrefix}/vm-host:${vmHost}`,
    desktop: `${imagePrefix}/desktop:${desktop}`,
  };
}

/**
 * Name of the step that a line of podman's build output begins, or undefined.
 * @param image the image's name, as its steps begin
 */
export function stepOfLine(image: string, line: string): string | undefined {
  if (/^(\[\d+\/\d+\] )?COMMIT\b/.test(line)) {
    const stage = /^\[(\d+)\/(\d+)\]/.exec(line);
    return stage === null || stage[1] === stage[2] ? `${image}:save` : undefined;
  }
  const run = /^(?:\[\d+\/\d+\] )?STEP \d+\/\d+: RUN (.*)$/.exec(line)?.[1];
  if (run === undefined) return undefined;
  if (run.startsWith('bootc container lint')) return `${image}:lint`;
  const script = /^sh \/build\/([a-z-]+)$/.exec(run)?.[1];
  return script === undefined ? undefined : `${image}:${script}`;
}
