// What makes a saved state unusable for a machine: a change in any word of QEMU's command line, except those that differ between clones.
import { expect, test } from 'vitest';
import { vmSpec } from '../../../tests/support/vm-spec.ts';
import type { VmSpec } from '../engine.ts';
import { madeOf, type MadeOfSources } from './made-of.ts';

const machine = vmSpec({
  disks: [{ name: 'system', image: 'desktop' }],
  network: true,
  screen: true,
  boot: 'booted',
  securityKey: true,
});

/** @param without what has not been built yet */
function sources(acceleration: 'kvm' | 'emulation' = 'emulation', without?: 'vm-host' | 'desktop'): MadeOfSources {
  return {
    images: { reference: (image: string) => Promise.resolve(`${image}:1`) },
    diskImages: { diskImage: () => Promise.resolve(without === 'desktop' ? undefined : { key: 'desktop-1' }) },
    vmHost: {
      tag: () => Promise.resolve(without === 'vm-host' ? undefined : 'vm-host:1'),
      accelerate: () => Promise.resolve(acceleration),
      versions: () => Promise.resolve('qemu 10'),
    },
  } as unknown as MadeOfSources;
}
const parts = (changes: Partial<VmSpec> = {}, acceleration?: 'kvm' | 'emulation') =>
  madeOf(sources(acceleration), { ...machine, ...changes });
const hardware = async (...of: Parameters<typeof parts>) => (await parts(...of))?.['hardware:desktop'];

test('a state depends on QEMU, on how QEMU runs, on the machine’s hardware and on its disk images', async () => {
  expect(await parts()).toEqual({
    versions: 'qemu 10',
    acceleration: 'emulation',
    'hardware:desktop': expect.stringMatching(/^[0-9a-f]{16}$/),
    'disk:desktop': 'desktop-1',
  });
});

test.each<[string, Partial<VmSpec>]>([
  ['more memory', { memoryMiB: 2048 }],
  ['another processor', { cpus: 2 }],
  ['another disk', { disks: [...machine.disks, { name: 'data', sizeMiB: 64 }] }],
  ['no TPM', { tpm: false }],
  ['no screen', { screen: false }],
  ['no card', { network: false }],
  ['no security key', { securityKey: false }],
  ['another firmware', { firmware: 'uefi' }],
])('%s is other hardware', async (_what, changes) => {
  expect(await hardware(changes)).not.toBe(await hardware());
});

test('KVM is other hardware than emulation', async () => {
  expect(await hardware({}, 'kvm')).not.toBe(await hardware());
});

test('what QEMU is not told does not count as hardware: the same state fits', async () => {
  expect(await hardware({ boot: 'cold' })).toBe(await hardware());
});

test('values of a single start, such as its generation id, do not count: asked twice, the answer is the same', async () => {
  expect(await hardware()).toBe(await hardware());
});

test.each(['vm-host', 'desktop'] as const)('while %s has not been built, nobody knows', async (without) => {
  expect(await madeOf(sources('emulation', without), machine)).toBeUndefined();
});

test('a container’s disk depends only on its image', async () => {
  const box = { type: 'container', name: 'box', image: 'workstation', memoryMiB: 64, cpus: 1, pids: 64 } as const;
  expect(await madeOf(sources(), box)).toEqual({ 'image:workstation': 'workstation:1' });
});
