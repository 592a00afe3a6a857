// A boot in progress, phase by phase: which are over, which is running, which are ahead, and how long each usually takes.
import { expect, test } from 'vitest';
import type { VmView } from '../../server/protocol/messages.ts';
import { bootRows, bootTotal } from './boot-model.ts';

const usualBoot = { phases: { firmware: 2_000, initramfs: 9_000, system: 20_000 }, totalMs: 31_000 };
const boot: NonNullable<VmView['boot']> = [{ phase: 'firmware', durationMs: 3_000 }];
const on = { power: 'on', since: 10_000, boot, usualBoot } as const;

test('phases that are over, now and ahead, with their seconds', () => {
  expect(bootRows({ ...on, phase: 'initramfs' }, 14_000)).toEqual([
    { phase: 'firmware', state: 'over', durationMs: 3_000, usualMs: 2_000 },
    { phase: 'initramfs', state: 'now', durationMs: 4_000, usualMs: 9_000 },
    { phase: 'system', state: 'ahead', usualMs: 20_000 },
  ]);
  expect(bootTotal({ ...on, phase: 'initramfs' }, 14_000)).toBe(7_000);
});

test('a phase that comes twice is one row with both times; waiting for a person does not count in the total', () => {
  const twice: typeof boot = [
    ...boot,
    { phase: 'initramfs', durationMs: 5_000 },
    { phase: 'unlock', durationMs: 60_000 },
  ];
  const vm = { ...on, boot: twice, phase: 'initramfs' } as const;
  expect(bootRows(vm, 11_000).map(({ phase, durationMs }) => [phase, durationMs])).toEqual([
    ['firmware', 3_000],
    ['initramfs', 6_000],
    ['unlock', 60_000],
    ['system', undefined],
  ]);
  expect(bootTotal(vm, 11_000)).toBe(9_000);
  expect(bootTotal({ ...vm, phase: 'unlock' }, 99_000)).toBe(8_000);
});

test('without a measurement every phase is listed; a boot whose beginning was not seen is not shown', () => {
  const { usualBoot: _, ...unmeasured } = on;
  expect(bootRows({ ...unmeasured, phase: 'kernel' }, 10_000).map(({ phase }) => phase)).toEqual([
    'firmware',
    'kernel',
    'initramfs',
    'system',
  ]);
  const { boot: __, ...unseen } = on;
  expect([bootRows({ ...unseen, phase: 'kernel' }, 0), bootTotal({ ...unseen, phase: 'kernel' }, 0)]).toEqual([
    [],
    undefined,
  ]);
  expect(bootRows({ ...on, phase: 'ready' }, 0)).toEqual([]);
  expect(bootTotal({ ...on, phase: 'ready' }, 99_000)).toBe(3_000);
});

test('a wait at the boot menu does not count in the total, and is said in its row', () => {
  const menu = { ...on, phase: 'boot-loader', waitsAtMenu: true } as const;
  expect(bootTotal(menu, 99_000)).toBe(3_000);
  expect(bootRows(menu, 14_000)[1]).toEqual({ phase: 'boot-loader', state: 'now', durationMs: 4_000, hasWaited: true });
  const passed: typeof boot = [...boot, { phase: 'boot-loader', durationMs: 90_000, waited: true }];
  const after = { ...on, phase: 'kernel', boot: passed } as const;
  expect(bootTotal(after, 11_000)).toBe(4_000);
  expect(bootRows(after, 11_000)[1]).toMatchObject({ phase: 'boot-loader', state: 'over', hasWaited: true });
});
