// What is concluded from how a tiny guest ends, and that it is run only once.
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPodman } from '../podman/podman-command.ts';
import { probeAcceleration, type ProbeRunner } from './kvm-probe.ts';
import { storedDir } from './vm-place.ts';
import { accelerationOf, bootSectorOf, probeScript, type ProbeRun } from './kvm-guest.ts';

let storageDir: string;
beforeEach(() => (storageDir = mkdtempSync(join(tmpdir(), 'kvm-probe-'))));
afterEach(() => rmSync(storageDir, { recursive: true }));

test('the boot sector has its code in front and its signature at the end', () => {
  const sector = bootSectorOf();
  expect(sector).toHaveLength(512);
  expect([...sector.slice(0, 3), ...sector.slice(510)]).toEqual([0xba, 0xf4, 0x00, 0x55, 0xaa]);
  expect(probeScript()).toContain(String.raw`printf '\272\364\000`);
});

test.each([
  ['kvm 33 180\nemulation 33 450\n', '', 'kvm', 'in 180 ms'],
  ['kvm 33 4011\nemulation 33 520\n', '', 'emulation', 'ran a guest in 4011 ms, and emulation in 520'],
  ['kvm 137 5003\nemulation 33 450\n', '', 'emulation', 'did not end within 5 s'],
  ['', '', 'emulation', 'the container that tries it failed'],
  ['kvm 1 60\nemulation 33 450\n', '-accel kvm: failed: Permission denied\n', 'emulation', 'Permission denied'],
  ['kvm 0 60\nemulation 33 450\n', '', 'emulation', 'ended with 0'],
])('%j %j: %s', (stdout, stderr, kind, reason) => {
  const verdict = accelerationOf({ stdout, stderr });
  expect(verdict.kind).toBe(kind);
  expect(verdict.reason).toContain(reason);
});

test('a refusal says whose group may open the device', () => {
  const refused = { stdout: 'kvm 1 60\nemulation 33 450\n', stderr: 'Could not access KVM: Permission denied\n' };
  const reason = (isOpen: boolean) => accelerationOf(refused, { mode: 0o660, group: 'kvm', isOpen }).reason;
  expect(reason(false)).toMatch(/Permission denied; .*group kvm \(mode 660\): .*usermod --append --groups kvm/);
  expect(reason(true)).toMatch(/Permission denied; .*is open to this server.*allow KVM/);
});

/** A probe of an existing device whose runs print these results one after the other; the last one is repeated. */
function probeOf(...runs: (ProbeRun | Error)[]) {
  const podman = createPodman({ storageDir, runtime: 'runc' });
  let asked = 0;
  const run = vi.fn<ProbeRunner>(() => {
    const printed = runs[Math.min(asked++, runs.length - 1)]!;
    return printed instanceof Error ? Promise.reject(printed) : Promise.resolve(printed);
  });
  return { run, probe: () => probeAcceleration({ storageDir, podman, image: 'a', run, device: '/dev/null' }) };
}
const works = { stdout: 'kvm 33 180\nemulation 33 450\n', stderr: '' };

test.each([
  ['a KVM that hangs', { stdout: 'kvm 137 5003\n', stderr: '' }, 'did not end within 5 s'],
  ['one that is slower', { stdout: 'kvm 33 4011\nemulation 33 520\n', stderr: '' }, 'and emulation in 520'],
  [
    'one that is refused',
    { stdout: 'kvm 1 9\nemulation 33 520\n', stderr: 'Permission denied' },
    '/dev/kvm is open to',
  ],
  ['one that ends at once', { stdout: 'kvm 0 9\nemulation 33 520\n', stderr: '' }, 'QEMU with KVM ended with 0'],
])('%s is there but broken: emulation, and probed once', async (_name, printed, reason) => {
  const { run, probe } = probeOf(printed);
  const verdict = await probe();
  expect(verdict.kind).toBe('emulation');
  expect(verdict.reason).toContain(reason);
  expect(await probe()).toEqual(verdict);
  expect(run).toHaveBeenCalledTimes(1);
});

test.each([
  ['podman failed', { stdout: '', stderr: 'Error: no space left' }, 'failed: Error: no space left'],
  ['its container was too slow', { stdout: '', stderr: '', timedOut: true }, 'did not end within 30 s'],
  ['podman is not there', new Error('podman is not installed'), 'podman is not installed'],
])('%s: emulation for now, and probed again later', async (_name, moment, reason) => {
  const { probe } = probeOf(moment, moment, works);
  const now = await probe();
  expect(now.kind).toBe('emulation');
  expect(now.reason).toContain(reason);
  expect(await probe()).toMatchObject({ kind: 'kvm' });
});

test('after one bad moment it is tried again at once', async () => {
  const { run, probe } = probeOf({ stdout: '', stderr: '' }, works);
  expect(await probe()).toMatchObject({ kind: 'kvm' });
  expect(run).toHaveBeenCalledTimes(2);
});

test('two calls at once share one probe, and leave one file', async () => {
  const { run, probe } = probeOf(works);
  const [first, second] = await Promise.all([probe(), probe()]);
  expect(first).toEqual(second);
  expect(run).toHaveBeenCalledTimes(1);
  expect(readdirSync(storedDir(storageDir))).toEqual([expect.stringMatching(/^kvm-[0-9a-f]{16}\.json$/)]);
});

test('with another mode or group of the device it is probed again', async () => {
  const device = join(storageDir, 'device');
  writeFileSync(device, '');
  const podman = createPodman({ storageDir, runtime: 'runc' });
  const run = vi.fn<ProbeRunner>(() => Promise.resolve(works));
  for (const mode of [0o600, 0o660, 0o660]) {
    chmodSync(device, mode);
    await probeAcceleration({ storageDir, podman, image: 'a', run, device });
  }
  expect(run).toHaveBeenCalledTimes(2);
});

test('probed once per boot and image; without a device not at all', async () => {
  const podman = createPodman({ storageDir, runtime: 'runc' });
  let asked = 0;
  const run = () => {
    asked += 1;
    return Promise.resolve({ stdout: 'kvm 33 180\nemulation 33 450\n', stderr: '' });
  };
  const probe = (image: string, device = '/dev/null') => probeAcceleration({ storageDir, podman, image, run, device });
  expect(await probe('a', join(storageDir, 'kvm'))).toEqual({ kind: 'emulation', reason: 'there is no /dev/kvm' });
  expect(asked).toBe(0);
  expect([(await probe('a')).kind, (await probe('a')).kind, asked]).toEqual(['kvm', 'kvm', 1]);
  await probe('b');
  expect(asked).toBe(2);
});
