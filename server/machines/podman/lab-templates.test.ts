// What is reported while a template is made, and how that ends when something goes wrong. Booting and saving are simulated;
// tests/machines does both for real.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LabMachines, MachineSpec, VmSpec } from '../engine.ts';
import { LabTemplates, type LabTemplatesOptions } from './lab-templates.ts';

let storageDir: string;
beforeEach(() => (storageDir = mkdtempSync(join(tmpdir(), 'lab-templates-'))));
afterEach(() => rmSync(storageDir, { recursive: true }));

const signal = new AbortController().signal;
const box: MachineSpec = { type: 'container', name: 'box', image: 'box', memoryMiB: 64, cpus: 1, pids: 64 };
const desktop = { type: 'vm', name: 'desktop', boot: 'booted', disks: [] as VmSpec['disks'] } as VmSpec;
const lab: LabMachines = { lab: 'small', machines: [box, desktop], diskMiB: 64 };

function templates(...names: string[]) {
  const start = vi.fn().mockRejectedValue(new Error('no room'));
  const stop = vi.fn().mockRejectedValue(new Error('cannot be removed'));
  const states = {
    folders: { vmDir: storageDir, names: () => Promise.resolve(names) },
    checkBeginning: () => Promise.resolve(),
    clean: () => Promise.resolve([]),
    find: () => Promise.resolve(undefined),
  };
  const parts = { states, starter: { start }, stop, vms: {}, diskImages: {}, saver: {} };
  return { templates: new LabTemplates(parts as unknown as LabTemplatesOptions), start, stop };
}

test('the first failure is reported, and a sandbox that cannot be ended is left for the reaper', async () => {
  const { templates: made, start, stop } = templates();
  await expect(made.prepare(lab, () => undefined, signal)).rejects.toThrow('no room');
  const [{ id }] = start.mock.calls[0] as [{ id: string }];
  expect(stop).toHaveBeenCalledWith(id);
  expect(made.isMaking(id)).toBe(false);
});

test('the machines of a template are started in the lab’s own order, and only the booted ones run', async () => {
  const { templates: made, start } = templates();
  await expect(made.prepare(lab, () => undefined, signal)).rejects.toThrow('no room');
  expect(start).toHaveBeenCalledWith(expect.objectContaining({ machines: [box, desktop] }), undefined, signal, [
    desktop,
  ]);
});

test.each([
  [['beginning-1'], 'desktop:template-rebuilt'],
  [['.new-beginning-2'], 'desktop:template-rebuilt'],
  [['a.lesson-3'], 'desktop:boot'],
])('what was there before (%j) is reported by the step %s, which no other step replaces', async (names, step) => {
  const steps: string[] = [];
  const { templates: made } = templates(...names);
  await expect(made.prepare(lab, (progress) => steps.push(progress.step), signal)).rejects.toThrow('no room');
  expect(steps).toEqual([step]);
});
