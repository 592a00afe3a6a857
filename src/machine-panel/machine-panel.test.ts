// Words, buttons and remedies for each state of a virtual machine.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { MachineWindow } from '../../server/protocol/messages.ts';
import { bootState, phaseCount } from './boot-model.ts';
import { powerChoices } from './power-model.ts';
import { remedyOf } from './trouble-model.ts';
import { changedPcrs, isOfEarlierBoot, shortHex, sizeWords, slotWords } from './window-model.ts';

const texts = {
  'lab.window.slot': 'slot {slot}: {kind}',
  'lab.window.kind.tpm2': 'TPM2',
  'lab.window.kind.password': 'passphrase',
  'lab.window.slotPcrs': 'PCR {pcrs}',
  'lab.window.slotPin': 'with PIN',
};
beforeEach(() => vi.stubGlobal('document', { getElementById: () => ({ textContent: JSON.stringify(texts) }) }));
afterEach(() => vi.unstubAllGlobals());

describe('the boot', () => {
  test('is off, starts, and proceeds', () => {
    expect(bootState({ power: 'off' })).toEqual({ word: 'lab.vm.off', tone: 'plain', reached: 0 });
    expect(bootState({ power: 'on' })).toMatchObject({ tone: 'run', reached: 0 });
    expect(bootState({ power: 'on', phase: 'firmware' })).toMatchObject({ reached: 1 });
    expect(bootState({ power: 'on', phase: 'ready' })).toMatchObject({ tone: 'ok', reached: phaseCount });
  });
  test('waits for a person at the unlock', () =>
    expect(bootState({ power: 'on', phase: 'unlock' })).toEqual({
      word: 'lab.vm.phase.unlock',
      tone: 'wait',
      reached: 5,
    }));
  test('waits for a person in the boot menu', () =>
    expect(bootState({ power: 'on', phase: 'boot-loader', waitsAtMenu: true })).toMatchObject({
      word: 'lab.vm.atMenu',
      tone: 'wait',
    }));
  test('is not up any more while the system goes down', () =>
    expect(bootState({ power: 'on', phase: 'ready', goesDown: true })).toEqual({
      word: 'lab.vm.goesDown',
      tone: 'run',
      reached: 0,
    }));
  test('is shown as failing when in trouble, in whatever phase', () =>
    expect(bootState({ power: 'on', phase: 'ready', trouble: 'panic' }).tone).toBe('fail'));
});

describe('power', () => {
  const enabled = (vm: Parameters<typeof powerChoices>[0], isBusy = false) =>
    powerChoices(vm, isBusy).flatMap(({ action, isEnabled }) => (isEnabled ? [action] : []));
  test('off: it can be started', () => expect(enabled({ power: 'off' })).toEqual(['start']));
  test('on: the rest', () => expect(enabled({ power: 'on', phase: 'ready' })).toEqual(['stop', 'reset', 'unplug']));
  test('before the system runs, nothing reacts to the power button', () =>
    expect(enabled({ power: 'on', phase: 'unlock' })).toEqual(['reset', 'unplug']));
  test('nothing while an action is running', () => expect(enabled({ power: 'on', phase: 'ready' }, true)).toEqual([]));
  test('asks only where work may be lost', () => {
    const asked = (phase: 'unlock' | 'ready') =>
      powerChoices({ power: 'on', phase }, false).flatMap(({ action, question }) =>
        question === undefined ? [] : [action],
      );
    expect(asked('ready')).toEqual(['reset', 'unplug']);
    expect(asked('unlock')).toEqual([]);
  });
});

describe('trouble', () => {
  const vm = { power: 'on', tampered: [] } as const;
  test.each([
    ['panic', 'reset'],
    ['stuck', 'console'],
    ['emergency', 'console'],
    ['no-boot', 'reset'],
    ['disk-full', 'resetLab'],
    ['tpm-lost', 'restart'],
    ['qemu-lost', 'restart'],
  ] as const)('%s: %s', (trouble, remedy) => expect(remedyOf({ ...vm, tampered: [] }, trouble)).toBe(remedy));
  test('for a machine that is off: start it', () =>
    expect(remedyOf({ power: 'off', tampered: [] }, 'qemu-lost')).toBe('start'));
  test('for tampering: undo it', () =>
    expect(remedyOf({ power: 'on', tampered: ['boot-loader'] }, 'no-boot')).toBe('undo'));
});

describe('the window', () => {
  const window: MachineWindow = {
    readAt: 100,
    bootId: 'b',
    secureBoot: 'on',
    pcrs: [
      { index: 4, value: 'a'.repeat(64), changed: true },
      { index: 7, value: 'b'.repeat(64), changed: false },
    ],
    disks: [],
    kernelArguments: '',
  };
  test('short values, and which ones have changed', () => {
    expect(shortHex('0123456789abcdef')).toBe('01234567');
    expect(changedPcrs(window)).toEqual([4]);
  });
  test('sizes', () =>
    expect([268_435_456, 3_758_096_384, 21_474_836_480].map(sizeWords)).toEqual(['256 MiB', '3.5 GiB', '20 GiB']));
  test('slots', () => {
    expect(slotWords({ slot: 0, kind: 'password' })).toBe('slot 0: passphrase');
    expect(slotWords({ slot: 2, kind: 'tpm2', pcrs: [7, 11], pin: true })).toBe('slot 2: TPM2, PCR 7+11, with PIN');
  });
  test('is outdated once the machine has booted again or is not up', () => {
    expect(isOfEarlierBoot(window, { phase: 'ready', since: 50 })).toBe(false);
    expect(isOfEarlierBoot(window, { phase: 'ready', since: 150 })).toBe(true);
    expect(isOfEarlierBoot(window, { phase: 'unlock', since: 50 })).toBe(true);
  });
});
