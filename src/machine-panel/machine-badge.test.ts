// What the panel's first line says about the machines on a phone: nothing while all are up, otherwise state and seconds.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { VmView } from '../../server/protocol/messages.ts';
import type { VirtualMachine } from '../session/machine-actions.ts';
import { machineBadge } from './machine-badge.ts';

vi.mock('../page/page-texts.ts', () => ({
  pageTexts: () => ({
    'lab.vm.phase.boot-loader': 'Boot loader',
    'lab.vm.phase.unlock': 'Waiting to be unlocked',
    'lab.vm.goesDown': 'Shutting down',
    'lab.vm.off': 'Off',
    'lab.vm.badge': '{machine}: {word}',
    'lab.vm.badgeTime': '{word}, {time}',
    'lab.time.seconds': '{seconds} s',
  }),
}));
beforeEach(() => void vi.useFakeTimers({ now: 20_000, toFake: ['Date'] }));
afterEach(() => vi.useRealTimers());

const boot: VmView['boot'] = [{ phase: 'firmware', durationMs: 2_000 }];
const machine = (title: string, part: Partial<VmView>) =>
  ({ name: title, title, type: 'vm', vm: { power: 'on', since: 10_000, ...part } }) as VirtualMachine;

test.each([
  [{ phase: 'ready' }, undefined],
  [
    { phase: 'ready', goesDown: true, boot },
    { words: 'Shutting down', tone: 'run' },
  ],
  [
    { phase: 'boot-loader', boot },
    { words: 'Boot loader, 12 s', tone: 'run' },
  ],
  [
    { phase: 'unlock', boot },
    { words: 'Waiting to be unlocked', tone: 'wait' },
  ],
  [{ power: 'off' }, { words: 'Off', tone: 'plain' }],
] as const)('%j', (part, badge) => expect(machineBadge([machine('desktop', part as Partial<VmView>)])).toEqual(badge));

test('of several machines it is the first that is not up, by its name', () =>
  expect(machineBadge([machine('one', { phase: 'ready' }), machine('two', { power: 'off' })])?.words).toBe('two: Off'));
