// What a reader is told about a machine that is not up names the machine.
import { expect, test, vi } from 'vitest';
import { machineHindrance, takesInput, type MachineSeen } from './machine-hindrance.ts';

vi.mock('../page/page-texts.ts', () => ({
  pageTexts: () => ({ 'lab.machine.boots': '{machine} boots: {phase}', 'lab.machine.off': '{machine} is off' }),
}));

const up: NonNullable<MachineSeen['vm']> = { power: 'on', phase: 'ready', wantsTouch: false };

test.each<[Partial<typeof up>, string | undefined]>([
  [{}, undefined],
  [{ power: 'off' }, 'desktop is off'],
  [{ phase: 'unlock' }, 'lab.machine.locked'],
  [{ phase: 'unlock', wantsTouch: true }, 'lab.machine.touch'],
  [{ phase: 'initramfs', wantsTouch: true }, 'lab.machine.touch'],
  [{ phase: 'kernel' }, 'desktop boots: lab.vm.phase.kernel'],
  [{ phase: 'system' }, 'desktop boots: lab.vm.phase.system'],
  [{ goesDown: true }, 'lab.machine.goesDown'],
  [{ trouble: 'panic' }, 'lab.machine.trouble'],
])('%j', (part, words) => expect(machineHindrance({ title: 'desktop', vm: { ...up, ...part } })).toBe(words));

test('a command needs a shell, keys need a program that asks; nothing reads while the machine is off', () => {
  const takers = (isKeys: boolean) =>
    (['firmware', 'boot-loader', 'kernel', 'initramfs', 'unlock', 'system', 'ready'] as const).filter((phase) =>
      takesInput({ power: 'on', phase }, isKeys),
    );
  expect(takers(false)).toEqual(['system', 'ready']);
  expect(takers(true)).toHaveLength(7);
  expect([takesInput({ power: 'off' }, true), takesInput(undefined, false)]).toEqual([false, true]);
});

test('a container or an unknown machine prevents nothing', () =>
  expect([machineHindrance({ title: 'workstation' }), machineHindrance(undefined)]).toEqual([undefined, undefined]));
