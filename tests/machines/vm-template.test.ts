// The template of a lab: used when it is complete and made by this QEMU; otherwise made again, and the reader is told.
import { cp, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { storedDir } from '../../server/machines/vm/vm-place.ts';
import { bootMs, testVm, testVmLab, type RealVms } from '../support/real-vm.ts';
import { withPreparedVms } from './support/prepared-vms.ts';

/** A lab of the same machine under another name, so that the damage here affects no other test. */
const lab = { ...testVmLab, lab: 'test-vm-template' };
const rebuilt = `${testVm.name}:template-rebuilt`;
let vms: RealVms;
let original: string;
let labDir: string;
let copy: string;

withPreparedVms(async (prepared) => {
  vms = prepared;
  const states = join(storedDir(vms.storageDir), 'states');
  labDir = join(states, lab.lab);
  const [name] = (await readdir(join(states, testVmLab.lab))).filter((entry) => entry.startsWith('beginning-'));
  original = join(states, testVmLab.lab, name ?? '');
  copy = join(labDir, name ?? '');
});
beforeEach(async () => {
  await mkdir(labDir, { recursive: true });
  // Copied sparsely: the memory file is a gigabyte, of which a fifth is stored.
  await execa('cp', ['--recursive', '--sparse=always', original, copy]);
  await editRecord((text) => text.replace(`"lab": "${testVmLab.lab}"`, `"lab": "${lab.lab}"`));
});
afterEach(async () => {
  await rm(labDir, { recursive: true, force: true });
});

async function editRecord(edit: (text: string) => string): Promise<void> {
  const path = join(copy, 'state.json');
  const text = await readFile(path, 'utf8');
  const edited = edit(text);
  expect(edited).not.toBe(text);
  await writeFile(path, edited);
}

/** Steps of a preparation that is stopped when the machine would be booted: other tests boot it. */
async function stepsUntilBoot(): Promise<string[]> {
  const controller = new AbortController();
  const steps: string[] = [];
  const preparing = vms.prepare(lab, controller.signal, (step) => {
    steps.push(step);
    if (step === `${testVm.name}:boot` || step === rebuilt) controller.abort(new Error('seen enough'));
  });
  await expect(preparing).rejects.toThrow('seen enough');
  return steps;
}

test('a complete template is used as it is', { timeout: bootMs }, async () => {
  expect(await vms.prepare(lab)).toEqual([]);
  const id = await vms.start({ lab: lab.lab });
  expect((await vms.sh(id, 'echo up')).stdout).toBe('up\n');
  await vms.engine.stop(id);
});

test('one whose memory file was cut short is made again', async () => {
  await truncate(join(copy, testVm.name, 'ram'), 4_096);
  expect(await stepsUntilBoot()).toContain(rebuilt);
});

test('one from another QEMU is made again', async () => {
  await editRecord((text) => text.replace(/qemu-system-x86 [^,]*/, 'qemu-system-x86 1:7.2'));
  expect(await stepsUntilBoot()).toContain(rebuilt);
});

test('one that a killed server has left half made is made again', async () => {
  await rm(join(copy, 'state.json'));
  await cp(copy, join(labDir, '.new-beginning-0'), { recursive: true, filter: (path) => !path.endsWith('/ram') });
  expect(await stepsUntilBoot()).toContain(rebuilt);
  expect(await readdir(labDir)).toEqual([]);
});

/** Changes the content but not the size, so the record's sizes do not reveal it. */
async function damageDevices(): Promise<void> {
  const devices = join(copy, testVm.name, 'devices');
  await writeFile(devices, Buffer.alloc((await stat(devices)).size, 0x5a));
}

test('one whose devices have changed is made again', async () => {
  await damageDevices();
  expect(await stepsUntilBoot()).toContain(rebuilt);
});

test('a template that cannot be restored is no longer used and leaves nothing; the error says that it is being made again', async () => {
  await damageDevices();
  const failure = await vms.start({ lab: lab.lab }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'LAB_ERR_IMAGE', message: expect.stringContaining('made again') as string });
  expect(await vms.engine.list()).toEqual([]);
  expect(await readdir(copy)).not.toContain('state.json');
  await expect(vms.start({ lab: lab.lab })).rejects.toMatchObject({ code: 'LAB_ERR_IMAGE' });
  expect(await stepsUntilBoot()).toContain(rebuilt);
});
