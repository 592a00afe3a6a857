import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LabFileError, readLab, readLabs } from './read-lab.ts';

const good = `title: Good
machines:
  - name: box
    image: box
    memory: 64
    cpus: 1
    pids: 64
disk: 64
terminals:
  - machine: box
checks:
  - id: there
`;

let labsDir: string;

beforeEach(() => {
  labsDir = mkdtempSync(join(tmpdir(), 'lab-files-'));
  mkdirSync(join(labsDir, 'images/box'), { recursive: true });
});

afterEach(() => rmSync(labsDir, { recursive: true }));

function write(text: string, id = 'one'): string {
  const dir = join(labsDir, id);
  mkdirSync(join(dir, 'checks'), { recursive: true });
  writeFileSync(join(dir, 'lab.yaml'), text);
  writeFileSync(join(dir, 'checks/there'), '#!/bin/sh\n', { mode: 0o755 });
  return dir;
}

function mistakes(dir: string): string[] {
  try {
    readLab(dir);
  } catch (error) {
    if (error instanceof LabFileError) return error.mistakes.map((mistake) => mistake.replace(`${labsDir}/`, ''));
    throw error;
  }
  return [];
}

const goodVm = `title: VM
machines:
  - name: desktop
    type: vm
    memory: 1024
    disks: [{ name: system, image: box }, { name: data, size: 256 }]
disk: 64
terminals:
  - machine: desktop
`;

test('reads a virtual machine and fills in what may be left out', () => {
  const [machine] = readLab(write(goodVm)).file.machines;
  expect(machine).toMatchObject({ type: 'vm', cpus: 1, firmware: 'uefi', tpm: false, network: true, boot: 'booted' });
  expect(readLab(write(good)).file.machines[0]).toMatchObject({ type: 'container' });
});

test.each([
  ['an unknown kind of machine', goodVm.replace('type: vm', 'type: jail'), /^one\/lab\.yaml:4:11: `machines\.0\.type`/],
  ['a container’s key', goodVm.replace('memory:', 'pids: 9\n    memory:'), /:5:5: unknown key `pids` in `machines\.0`/],
  ['a disk that is both', goodVm.replace('size: 256', 'size: 256, image: box'), /:6:43: .*either `image` or `size`/],
  ['a disk that is neither', goodVm.replace(', size: 256', ''), /:6:43: .*either `image` or `size`/],
  [
    'a disk image that is not there',
    goodVm.replace('image: box', 'image: crate'),
    /:6:36: image `crate`: no such folder/,
  ],
  ['a disk twice', goodVm.replace('name: data', 'name: system'), /:6:51: disk `system` is there twice/],
  [
    'a boot from a network that it does not have',
    goodVm.replace('memory:', 'network: false\n    bootOrder: [network]\n    memory:'),
    /:6:16: `network` needs a machine with/,
  ],
])('refuses %s in a virtual machine', (_, text, message) => {
  expect(mistakes(write(text))).toEqual([expect.stringMatching(message)]);
});

test('reads a lab and fills in what may be left out', () => {
  const lab = readLab(write(good));
  expect(lab).toMatchObject({ id: 'one', file: { limits: { idle: 30 }, checks: [{ id: 'there', timeout: 10 }] } });
  expect(lab.filesDir).toBeUndefined();
});

test.each([
  ['a wrong type', good.replace('memory: 64', 'memory: lots'), /^one\/lab\.yaml:5:13: `machines\.0\.memory`: .*number/],
  ['an unknown key', good.replace('disk:', 'disc: 1\ndisk:'), /^one\/lab\.yaml:8:1: unknown key `disc`/],
  [
    'an unknown key deep down',
    good.replace('    pids', '    gpus: 1\n    pids'),
    /:7:5: unknown key `gpus` in `machines\.0`/,
  ],
  ['something missing', good.replace('    cpus: 1\n', ''), /^one\/lab\.yaml:3:5: `machines\.0\.cpus`/],
  ['broken YAML', 'title: [1, 2\n', /^one\/lab\.yaml:\d+:\d+: /],
  ['no mapping at all', 'just text\n', /^one\/lab\.yaml:1:1: the file/],
  [
    'an unknown machine',
    good.replace('machine: box', 'machine: nas'),
    /:10:14: unknown machine `nas`; known machines: box/,
  ],
  ['an unknown image', good.replace('image: box', 'image: tin'), /:4:12: image `tin`: no such folder/],
  ['a check without its script', `${good}  - id: gone\n`, /:13:9: check script .*checks\/gone is missing/],
  ['a check that is there twice', `${good}  - id: there\n`, /:13:9: check `there` is there twice/],
])('says where there is %s', (_, text, expected) => {
  const found = mistakes(write(text));
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(expected);
});

test('a script that cannot be run is named together with the fix', () => {
  const dir = write(good);
  chmodSync(join(dir, 'checks/there'), 0o644);
  expect(mistakes(dir)[0]).toMatch(/not executable.*chmod \+x/);
});

test('reports all mistakes at once, and a broken lab does not hide the others', () => {
  write(good.replace('title: Good', 'titel: Good').replace('pids: 64', 'pids: 1'), 'bad');
  write(good, 'fine');
  const { labs, broken } = readLabs(labsDir);
  expect(labs.map(({ id }) => id)).toEqual(['fine']);
  expect(broken).toMatchObject([{ id: 'bad' }]);
  expect(broken[0]?.error.mistakes.length).toBe(3);
});
