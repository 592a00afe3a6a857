// How long a boot took, phase by phase, and how long boots usually take here: measured and kept, and never an obstacle.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BootCourse } from './boot-course.ts';
import { BootTimes } from './boot-times.ts';

let dir = '';
beforeEach(() => void (dir = mkdtempSync(path.join(tmpdir(), 'boot-times-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const boot = (firmware: number, system: number) => [
  { phase: 'firmware', durationMs: firmware } as const,
  { phase: 'unlock', durationMs: 90_000 } as const,
  { phase: 'system', durationMs: system } as const,
];

test('a boot is timed from its firmware to its prompt, once', () => {
  const course = new BootCourse();
  expect(course.reach('kernel', 5)).toBeUndefined();
  expect(course.passed).toBeUndefined();
  course.begin(1_000);
  course.reach('boot-loader', 3_000);
  expect(course.reach('boot-loader', 3_500)).toBeUndefined();
  course.reach('unlock', 4_000);
  course.reach('initramfs', 9_000);
  expect(course.reach('ready', 12_000)).toEqual([
    { phase: 'firmware', durationMs: 2_000 },
    { phase: 'boot-loader', durationMs: 1_000 },
    { phase: 'unlock', durationMs: 5_000 },
    { phase: 'initramfs', durationMs: 3_000 },
  ]);
  expect(course.reach('ready', 13_000)).toBeUndefined();
  course.drop();
  expect(course.passed).toBeUndefined();
});

test('two boots give no usual time; from three boots on it is the median, without the wait for a passphrase', async () => {
  const times = new BootTimes(path.join(dir, 'boot-times.json'));
  times.add('kvm', boot(2, 10));
  times.add('kvm', boot(90, 400));
  await times.settled;
  expect(times.usual('kvm')).toBeUndefined();
  times.add('kvm', boot(3, 12));
  await times.settled;
  expect(times.usual('kvm')).toEqual({ phases: { firmware: 3, system: 12 }, totalMs: 15 });
  expect(times.usual('emulation')).toBeUndefined();
});

test('a phase in which a boot waited for a person does not count; its other phases do', async () => {
  const times = new BootTimes(path.join(dir, 'boot-times.json'));
  const menu = (durationMs: number, waited?: true) =>
    ({ phase: 'boot-loader', durationMs, ...(waited && { waited }) }) as const;
  times.add('kvm', [menu(4), ...boot(2, 10)]);
  times.add('kvm', [menu(9_000, true), ...boot(3, 12)]);
  times.add('kvm', [menu(8_000, true), ...boot(4, 14)]);
  await times.settled;
  expect(times.usual('kvm')).toEqual({ phases: { 'boot-loader': 4, firmware: 3, system: 12 }, totalMs: 19 });
  const course = new BootCourse();
  course.begin(0);
  course.reach('boot-loader', 5);
  course.waits();
  course.reach('kernel', 905);
  expect(course.passed?.at(-1)).toEqual({ phase: 'boot-loader', durationMs: 900, waited: true });
});

test('it is kept over a restart, whole or not at all, and adapts to a host that has changed', async () => {
  const file = path.join(dir, 'boot-times.json');
  const before = new BootTimes(file);
  for (let at = 0; at < 3; at++) before.add('kvm', boot(2, 10));
  await before.settled;
  const after = new BootTimes(file);
  await after.settled;
  expect(after.usual('kvm')?.totalMs).toBe(12);
  for (let at = 0; at < 20; at++) after.add('kvm', boot(5, 50));
  await after.settled;
  expect(after.usual('kvm')?.totalMs).toBe(55);
  expect(readdirSync(dir)).toEqual(['boot-times.json']);
});

test.each(['', '{"kvm":', '{"kvm":[{"firmware":"x"}]}', '[]'])(
  'a file that contains %j counts as empty',
  async (content) => {
    const file = path.join(dir, 'boot-times.json');
    writeFileSync(file, content);
    const times = new BootTimes(file);
    await times.settled;
    expect(times.usual('kvm')).toBeUndefined();
    for (let at = 0; at < 3; at++) times.add('kvm', boot(1, 1));
    await times.settled;
    const again = new BootTimes(file);
    await again.settled;
    expect(again.usual('kvm')?.totalMs).toBe(2);
  },
);

test('if the file cannot be written, this server still keeps its figures', async () => {
  const times = new BootTimes(path.join(dir, 'gone', 'boot-times.json'));
  for (let at = 0; at < 3; at++) times.add('kvm', boot(1, 1));
  await times.settled;
  expect(times.usual('kvm')?.totalMs).toBe(2);
});
