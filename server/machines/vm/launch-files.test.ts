// The launch files of a machine's container, as a shell and a name server read them.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { launchPlan, vmSpec } from '../../../tests/support/vm-spec.ts';
import { launchFiles, neighboursOf, quote, type LaunchPlan } from './launch-files.ts';

const machine = vmSpec({
  firmware: 'uefi',
  disks: [
    { name: 'system', image: 'desktop' },
    { name: 'data', sizeMiB: 64 },
  ],
  network: true,
});
const plan = launchPlan({
  machine,
  index: 1,
  diskImages: { desktop: '/lab/vm/disks/desktop-1/disk.qcow2' },
  neighbours: [{ name: 'desktop', index: 1 }],
});
const lines = (changes: Partial<LaunchPlan>, file: string) =>
  (launchFiles({ ...plan, ...changes })[file] ?? '').split('\n').filter((line) => line !== '');

test('words come through a shell unchanged, whatever is in them', () => {
  for (const word of ['plain', 'two words', `it's`, '$HOME', 'a;b', '*', '']) {
    expect(execFileSync('sh', ['-c', `printf %s ${quote(word)}`]).toString()).toBe(word);
  }
});

test('a new machine: an overlay on its image, a blank disk, the firmware’s variables; whole or not at all', () => {
  expect(lines({}, 'files')).toEqual([
    'mkdir -p /disk/vm/desktop.new/tpm',
    'cp /usr/share/OVMF/OVMF_VARS_4M.fd /disk/vm/desktop.new/vars.fd',
    'qemu-img create -q -f qcow2 -F qcow2 -b /lab/vm/disks/desktop-1/disk.qcow2 /disk/vm/desktop.new/disk-0.qcow2',
    'qemu-img create -q -f qcow2 /disk/vm/desktop.new/disk-1.qcow2 64M',
    'mv /disk/vm/desktop.new /disk/vm/desktop',
  ]);
});

test('a clone is one copy; one that will be saved has a memory file of its own', () => {
  expect(lines({ hasState: true, memory: 'clone' }, 'files')).toEqual([
    'cp -r /lab/state/clone /disk/vm/desktop.new',
    'mv /disk/vm/desktop.new /disk/vm/desktop',
  ]);
  expect(lines({ hasState: true, memory: 'saving' }, 'files')).toContain(
    'cp --sparse=always /lab/state/ram /disk/vm/desktop.new/ram',
  );
});

test('settings name the tap that belongs to the machine’s place; for a machine without card, TPM or security key they are empty', () => {
  expect(lines({}, 'settings')).toEqual(['machine=desktop', 'tap=tap1', 'gateway=10.77.0.1/24', 'tpm=1', 'key=']);
  const key = { machine: { ...machine, securityKey: true } };
  expect(lines(key, 'settings')).toContain('key=1');
  const bare = { machine: { ...machine, network: false, tpm: false } };
  expect(lines(bare, 'settings')).toEqual(['machine=desktop', 'tap=', 'gateway=10.77.0.1/24', 'tpm=', 'key=']);
});

test('the name server knows every virtual machine of the lab by address and name', () => {
  const neighbours = neighboursOf([
    { name: 'workstation', type: 'container' },
    { name: 'desktop', type: 'vm', network: true },
    { name: 'alone', type: 'vm', network: false },
  ]);
  expect(neighbours).toEqual([{ name: 'desktop', index: 1 }]);
  const config = lines({ neighbours }, 'dnsmasq.conf');
  expect(config).toContain('dhcp-host=52:54:00:77:00:0b,10.77.0.11,desktop,infinite');
  expect(config).toContain('host-record=desktop.lab,desktop,10.77.0.11');
});
