// A machine as the server sees it, with a substitute for QEMU: clones, lost TPMs, monitors that answer nonsense, ends of waits.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeQemu } from '../../../tests/support/fake-qemu.ts';
import { vmSpec } from '../../../tests/support/vm-spec.ts';
import { BootTimes } from './boot-times.ts';
import { VirtualMachine } from './virtual-machine.ts';

const spec = vmSpec({ screen: true, securityKey: true });
const tpm = (filename: string) => [{ label: 'tpm', filename, 'frontend-open': true }];
const there = tpm('unix:/disk/desktop-swtpm.sock');
const never = new AbortController().signal;

let disk: string;
let qemu: FakeQemu;
let vm: VirtualMachine;
let bootTimes: BootTimes;

beforeEach(async () => {
  disk = mkdtempSync(join(tmpdir(), 'vm-'));
  bootTimes = new BootTimes(join(disk, 'boot-times.json'));
  vm = new VirtualMachine({
    spec,
    disk,
    acceleration: 'emulation',
    tampered: [],
    bootTimes,
    onChange: () => undefined,
  });
  qemu = await FakeQemu.start(disk, 'desktop', { 'query-chardev': there, 'query-status': { status: 'running' } });
});
afterEach(() => {
  vi.useRealTimers();
  vm.close();
  qemu.end();
  rmSync(disk, { recursive: true });
});

test('the console tells the phase, a reset starts over, and text from before it belongs to the previous boot', async () => {
  await vm.attach(1, never);
  qemu.print('Welcome to GRUB!\r\n');
  await vi.waitFor(() => expect(vm.phase).toBe('boot-loader'));
  await vm.power('unplug');
  expect(vm.view).toMatchObject({ power: 'off' });
  expect(await vm.power('start')).toBe(true);
  expect(qemu.commands).toContain('system_reset');
  expect(vm.view).toMatchObject({ power: 'on', phase: 'firmware' });
});

test('a boot is reported phase by phase, and afterwards how long it usually takes here', async () => {
  await vm.attach(1, never);
  expect(vm.view).not.toHaveProperty('boot');
  await vm.begin();
  expect(vm.view).toMatchObject({ phase: 'firmware', boot: [] });
  expect(vm.view).not.toHaveProperty('usualBoot');
  qemu.print('Welcome to GRUB!\r\n');
  await vi.waitFor(() => expect(vm.view.boot?.map(({ phase }) => phase)).toEqual(['firmware']));
  qemu.print('desktop login: ');
  await vi.waitFor(() => expect(vm.view.boot?.map(({ phase }) => phase)).toEqual(['firmware', 'boot-loader']));
  await bootTimes.settled;
  expect(vm.view).not.toHaveProperty('usualBoot');
  for (const _ of ['second', 'third']) {
    qemu.tell('RESET');
    await vi.waitFor(() => expect(vm.phase).toBe('firmware'));
    qemu.print('Welcome to GRUB!\r\ndesktop login: ');
    await vi.waitFor(() => expect(vm.phase).toBe('ready'));
  }
  await bootTimes.settled;
  expect(vm.view.usualBoot?.phases).toHaveProperty('firmware');
  await vm.power('unplug');
  expect(vm.view).not.toHaveProperty('boot');
});

test('a system whose agent is gone for good goes down, until the next boot begins', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const withAgent = (isOpen: boolean) => [...there, { label: 'agent', filename: 'unix:/x', 'frontend-open': isOpen }];
  qemu.answers['query-chardev'] = withAgent(true);
  await vm.attach(1, never);
  await vm.begin();
  qemu.print('desktop login: ');
  await vi.waitFor(() => expect(vm.phase).toBe('ready'));
  const asked = () => qemu.commands.filter((command) => command === 'query-chardev').length;
  await vi.waitFor(() => {
    vi.advanceTimersByTime(1_000);
    expect(asked()).toBeGreaterThan(3);
  });
  expect(vm.view).not.toHaveProperty('goesDown');
  qemu.answers['query-chardev'] = withAgent(false);
  await vi.waitFor(() => {
    vi.advanceTimersByTime(1_000);
    expect(vm.view).toMatchObject({ phase: 'ready', goesDown: true });
  });
  qemu.tell('RESET');
  await vi.waitFor(() => expect(vm.view).toMatchObject({ phase: 'firmware' }));
  expect(vm.view).not.toHaveProperty('goesDown');
});

test.each(['start', 'reset'] as const)(
  'without its TPM QEMU is ended, so that %s restarts both, even if the machine was switched off first',
  async (action) => {
    await vm.attach(1, never);
    qemu.answers['query-chardev'] = tpm('disconnected:unix:/disk/desktop-swtpm.sock');
    await vm.power('unplug');
    expect(await vm.power(action)).toBe(false);
    expect(qemu.commands).toContain('quit');
    expect(qemu.commands).not.toContain('system_reset');
    expect(vm.view.power).toBe('off');
  },
);

test.each([
  { answer: {} },
  { answer: null },
  { answer: [null] },
  { answer: [{ label: 'tpm' }] },
  { answer: [{ label: 'tpm', filename: 7 }] },
])('a monitor that answers %j for its devices does not cause a failure', async ({ answer }) => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  await vm.attach(1, never);
  qemu.answers['query-chardev'] = answer;
  vi.advanceTimersByTime(5_000);
  await vi.waitFor(() => expect(qemu.commands).toContain('query-chardev'));
  expect(await vm.power('reset')).toBe(true);
  expect(unhandled).not.toHaveBeenCalled();
  expect(vm.view.trouble).toBeUndefined();
  process.off('unhandledRejection', unhandled);
});

test('a state that cannot be read is reported as QEMU’s fault', async () => {
  await vm.attach(1, never);
  qemu.answers['query-status'] = { status: 7 };
  await expect(vm.recognise()).rejects.toThrow('QEMU’s answer to query-status');
});

test('a machine that is released while it waits for QEMU keeps no connection', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const attached = vm.attach(1, never);
  vm.close();
  await expect(attached).rejects.toThrow('has released');
  await vi.waitFor(() => expect(qemu.connections).toBe(0));
  expect(vi.getTimerCount()).toBe(0);
});

test('both ports are connected before a clone is restored, as when it was saved; it gets its identity when it resumes', async () => {
  await qemu.serveGuest();
  await vm.attach(1, never);
  await vm.restore('/lab/state/devices', { phase: 'ready' });
  const at = (what: string) => {
    expect(qemu.order).toContain(what);
    return qemu.order.indexOf(what);
  };
  expect(at('rekey connected')).toBeLessThan(at('migrate-incoming'));
  expect(at('agent connected')).toBeLessThan(at('migrate-incoming'));
  expect(at('migrate-incoming')).toBeLessThan(at('cont'));
  expect(at('cont')).toBeLessThan(at('rekey told'));
  expect(vm.view).toMatchObject({ power: 'on', phase: 'ready' });
  // Monitor, console and agent stay connected; nothing else gets a new identity.
  await vi.waitFor(() => expect(qemu.connections).toBe(3));
});

test('a clone that waits for its passphrase takes its identity when its system is up', async () => {
  await qemu.serveGuest();
  await vm.attach(1, never);
  await vm.restore('/lab/state/devices', { phase: 'unlock' });
  expect(qemu.order).toContain('agent connected');
  expect(qemu.order).not.toContain('rekey connected');
  expect(vm.view).toMatchObject({ power: 'on', phase: 'unlock' });
  qemu.print('desktop login: ');
  await vi.waitFor(() => expect(qemu.order).toContain('rekey told'));
  expect(qemu.order.indexOf('rekey connected')).toBeLessThan(qemu.order.indexOf('agent starts /usr/lib/lab/rekey'));
  // Only once: after its next boot it is still the same machine.
  qemu.tell('RESET');
  qemu.print('Welcome to GRUB!\r\n');
  await vi.waitFor(() => expect(vm.view.phase).not.toBe('ready'));
  qemu.print('desktop login: ');
  await vi.waitFor(() => expect(vm.view.phase).toBe('ready'));
  expect(qemu.order.filter((what) => what === 'rekey told')).toHaveLength(1);
});
