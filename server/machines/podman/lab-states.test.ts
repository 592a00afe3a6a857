// What happens to a state from which no session can start: it is marked, and the reader is told what happens next.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { storedDir } from '../vm/vm-place.ts';
import type { LabMachines, VmSpec } from '../engine.ts';
import { disksLabel, LabStates, stateLabel } from './lab-states.ts';
import type { Podman } from './podman-command.ts';
import { beginning, type SavedState } from './sandbox-states.ts';

let storageDir: string;
let states: LabStates;
let labels: Record<string, string>[];
const machine = (name: string) => ({ type: 'vm', name, memoryMiB: 64 }) as VmSpec;
const lab: LabMachines = { lab: 'encrypt', machines: [machine('desktop')], diskMiB: 64 };

beforeEach(() => {
  storageDir = mkdtempSync(join(tmpdir(), 'lab-states-'));
  mkdirSync(join(storedDir(storageDir), 'disks/desktop-1'), { recursive: true });
  labels = [];
  const podman = {
    run: (args: string[]) => {
      const label = args[args.indexOf('--filter') + 1]?.replace('label=', '') ?? '';
      return Promise.resolve(JSON.stringify(labels.filter((all) => label in all).map((Labels) => ({ Labels }))));
    },
  } as unknown as Podman;
  states = new LabStates({ storageDir, podman, madeOf: () => Promise.resolve({ versions: 'one' }) });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(storageDir, { recursive: true });
});

function save(name: string): Promise<SavedState> {
  const fill = (dir: string) => writeFile(join(dir, 'devices'), 'content');
  return states.save(lab, { name, key: '', needs: ['disks/desktop-1'] }, fill, new AbortController().signal);
}

test('a missing beginning is made again; for a missing named state the message names npm run states', async () => {
  const missing = (name: string) => states.need(lab, name).catch((failure: unknown) => failure);
  expect(await missing(beginning)).toMatchObject({ code: 'LAB_ERR_IMAGE' });
  expect(String(await missing(beginning))).toMatch(/being made again: start the lab again/);
  expect(await missing('a/b')).toMatchObject({ code: 'LAB_ERR_START' });
  expect(String(await missing('a/b'))).toMatch(/npm run states makes it/);
});

test('a beginning with a changed bit is found when the lab is prepared, and when a start from it fails', async () => {
  const first = await save(beginning);
  await states.checkBeginning(lab);
  expect(await states.find(lab, beginning)).toEqual(first);
  writeFileSync(join(first.dir, 'devices'), 'contenT');
  await states.checkBeginning(lab);
  expect(await states.find(lab, beginning)).toBeUndefined();
  const second = await save(beginning);
  expect(await states.blame(second, new Error('disk full'))).toBeUndefined();
  writeFileSync(join(second.dir, 'devices'), 'contenT');
  const error = await states.blame(second, new Error('QEMU ended at once'));
  expect(error).toMatchObject({ code: 'LAB_ERR_IMAGE' });
  expect(error?.message).toMatch(/damaged \(devices has changed\); it is being made again/);
  expect(await states.find(lab, beginning)).toBeUndefined();
});

test('a state that this QEMU refuses is made again, but not over and over', async () => {
  const state = await save(beginning);
  const refused = new Error('the state of machine desktop is damaged or was made by another QEMU: no words');
  expect(await states.blame(state, refused)).toBeUndefined();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 3600_000 });
  expect((await states.blame(state, refused))?.message).toContain('cannot be restored');
  expect(await states.find(lab, beginning)).toBeUndefined();
});

test('a beginning without checksums, from an older server, is made again', async () => {
  const { dir, record } = await save(beginning);
  const { sums: _sums, ...older } = record;
  writeFileSync(join(dir, 'state.json'), JSON.stringify(older));
  await states.checkBeginning(lab);
  expect(await states.find(lab, beginning)).toBeUndefined();
});

test('disks are needed by states and by running sandboxes', async () => {
  await save('a/b');
  labels = [{ [disksLabel]: 'disks/x-1,disks/x-2' }, { [stateLabel]: 'states/encrypt/a' }];
  expect(await states.neededDisks()).toEqual(new Set(['disks/x-1', 'disks/x-2', 'disks/desktop-1']));
});

test('a machine in another place has another address, and so other states', async () => {
  const of = (...names: string[]) => states.madeOf({ machines: names.map(machine) });
  expect((await of('desktop', 'other'))?.['machine:desktop']).toBe((await of('desktop'))?.['machine:desktop']);
  expect((await of('other', 'desktop'))?.['machine:desktop']).not.toBe((await of('desktop'))?.['machine:desktop']);
});
