// What is concluded from a tiny guest's end, and that it is asked once.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPodman } from '../podman/podman-command.ts';
import { accelerationOf, bootSectorOf, probeAcceleration, probeScript, type GuestRun } from './kvm-probe.ts';

let storageDir: string;
beforeEach(() => (storageDir = mkdtempSync(join(tmpdir(), 'kvm-probe-'))));
afterEach(() => rmSync(storageDir, { recursive: true }));

test('the boot sector has its code in front and its signature at the end', () => {
  const sector = bootSectorOf();
  expect(sector).toHaveLength(512);
  expect([...sector.slice(0, 3), ...sector.slice(510)]).toEqual([0xba, 0xf4, 0x00, 0x55, 0xaa]);
  expect(probeScript()).toContain(String.raw`printf '\272\364\000`);
});

test.each<[GuestRun, string, string]>([
  [{ exitCode: 33, timedOut: false, stderr: '' }, 'kvm', 'KVM ran a guest'],
  [{ exitCode: 137, timedOut: false, stderr: '' }, 'emulation', 'did not end within 5 s'],
  [{ exitCode: undefined, timedOut: true, stderr: '' }, 'emulation', 'did not end within 5 s'],
  [
    { exitCode: 1, timedOut: false, stderr: 'x\nfailed to initialize kvm: Permission denied\n' },
    'emulation',
    'Permission denied',
  ],
  [{ exitCode: 0, timedOut: false, stderr: '' }, 'emulation', 'ended with 0'],
])('%o → %s', (run, kind, reason) => {
  const verdict = accelerationOf(run);
  expect(verdict.kind).toBe(kind);
  expect(verdict.reason).toContain(reason);
});

test('asked once per boot and image; without a device not at all', async () => {
  const podman = createPodman({ storageDir, runtime: 'runc' });
  let asked = 0;
  const run = () => {
    asked += 1;
    return Promise.resolve({ exitCode: 33, timedOut: false, stderr: '' });
  };
  const probe = (image: string, device = '/dev/null') => probeAcceleration({ storageDir, podman, image, run, device });
  expect(await probe('a', join(storageDir, 'kvm'))).toEqual({ kind: 'emulation', reason: 'there is no /dev/kvm' });
  expect(asked).toBe(0);
  expect([(await probe('a')).kind, (await probe('a')).kind, asked]).toEqual(['kvm', 'kvm', 1]);
  await probe('b');
  expect(asked).toBe(2);
});
