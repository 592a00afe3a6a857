// Saved states on disk: whole or not there, made from the current images, and never removed while a sandbox uses them.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { storedDir } from '../vm/vm-place.ts';
import { SandboxStates } from './sandbox-states.ts';
import { damagedFile } from './state-record.ts';

let storageDir: string;
let states: SandboxStates;
const madeOf = { 'image:workstation': 'one' };
const signal = new AbortController().signal;

beforeEach(() => {
  storageDir = mkdtempSync(join(tmpdir(), 'states-'));
  states = new SandboxStates(storageDir);
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(storageDir, { recursive: true });
});

function save(name: string, more: { key?: string; needs?: string[]; madeOf?: Record<string, string> } = {}) {
  const what = { lab: 'build', name, key: 'k', madeOf, needs: [], ...more };
  return states.save(what, (dir) => writeFile(join(dir, 'disk.tar'), 'content'), signal);
}
const names = async () => (await states.list('build', madeOf)).map(({ record }) => record.name);
const folders = () => readdirSync(join(storedDir(storageDir), 'states/build'));

test('a saved state is found with its key and its files', async () => {
  expect(await states.find('build', 'a/b', madeOf)).toBeUndefined();
  const saved = await save('a/b#step', { key: 'abc' });
  expect(await states.find('build', 'a/b#step', madeOf)).toEqual(saved);
  expect(saved.record).toMatchObject({ key: 'abc', files: { 'disk.tar': 7 } });
});

test('nothing starts from a state of other images, or with a file of another size', async () => {
  expect(await states.list('build', { 'image:workstation': 'two' })).toEqual([]);
  const { dir } = await save('a/b');
  writeFileSync(join(dir, 'disk.tar'), 'cut');
  expect(await names()).toEqual([]);
});

test('a state is whole only while the states that it needs are whole', async () => {
  const parent = await save('a/b');
  await save('a/c', { needs: [parent.folder] });
  expect(await names()).toEqual(['a/b', 'a/c']);
  rmSync(join(parent.dir, 'disk.tar'));
  expect(await names()).toEqual([]);
});

test('of two states with one name the newer is taken; the old one is removed when nobody uses it and no start can have chosen it', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
  const old = await save('a/b');
  vi.setSystemTime(2_000_000);
  const next = await save('a/b', { key: 'newer' });
  expect((await states.find('build', 'a/b', madeOf))?.folder).toBe(next.folder);
  expect(await states.clean('build', madeOf, new Set())).toEqual([]);
  vi.setSystemTime(2_000_000 + 6 * 60_000);
  expect(await states.clean('build', madeOf, new Set([old.folder]))).toEqual([]);
  expect(await states.clean('build', madeOf, new Set())).toEqual([old.folder]);
});

test('states that are half made, damaged or of other images are removed; what a kept state needs stays', async () => {
  const parent = await save('a/parent', { madeOf: { 'image:workstation': 'old' } });
  const child = await save('a/child', { needs: [parent.folder] });
  await save('a/other', { madeOf: { 'image:workstation': 'old' } });
  mkdirSync(join(storedDir(storageDir), 'states/build/.new-left'));
  mkdirSync(join(storedDir(storageDir), 'states/build/empty'));
  await states.clean('build', madeOf, new Set());
  expect(folders().toSorted()).toEqual([child.folder, parent.folder].map((folder) => folder.slice(13)).toSorted());
});

test('changed content of the same size: a start takes the state, preparing the lab finds the change; once marked, it is not offered', async () => {
  const saved = await save('a/b');
  expect(await damagedFile(saved.dir, saved.record)).toBeUndefined();
  writeFileSync(join(saved.dir, 'disk.tar'), 'contenT');
  expect(await names()).toEqual(['a/b']);
  expect(await damagedFile(saved.dir, saved.record)).toBe('disk.tar');
  await states.mark(saved);
  await states.mark(saved);
  expect(await names()).toEqual([]);
  expect(await states.clean('build', madeOf, new Set([saved.folder]))).toEqual([]);
  expect(readdirSync(saved.dir)).toContain('disk.tar');
  expect(await states.clean('build', madeOf, new Set())).toEqual([saved.folder]);
});

test('memory has no checksum', async () => {
  const fill = async (dir: string) => {
    mkdirSync(join(dir, 'desktop'));
    for (const name of ['ram', 'devices']) await writeFile(join(dir, 'desktop', name), name);
  };
  const what = { lab: 'build', name: 'a/b', key: 'k', madeOf, needs: [] };
  const { record } = await states.save(what, fill, signal);
  expect(Object.keys(record.sums ?? {})).toEqual(['desktop/devices']);
});

test('it is known what the states of all labs need, whatever images they were made from', async () => {
  await save('a/b', { needs: ['disks/desktop-1'], madeOf: { 'image:workstation': 'old' } });
  expect(await states.allNeeds()).toEqual(new Set(['disks/desktop-1']));
  expect(await new SandboxStates(join(storageDir, 'none')).allNeeds()).toEqual(new Set());
});

test('a failed save leaves nothing behind and says what is full', async () => {
  const fill = () => Promise.reject(new Error('tar: x: No space left on device'));
  const what = { lab: 'build', name: 'a/b', key: 'k', madeOf, needs: [] };
  await expect(states.save(what, fill, signal)).rejects.toMatchObject({ code: 'LAB_ERR_DISK_FULL' });
  expect(folders()).toEqual([]);
});
