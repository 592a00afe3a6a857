// What is concluded from a tiny guest's end, and that it is asked once.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPodman } from '../podman/podman-command.ts';
import { accelerationOf, bootSectorOf, probeAcceleration, probeScript } from './kvm-probe.ts';

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
  ['', '', 'emulation', 'did not end within 5 s'],
  ['kvm 1 60\nemulation 33 450\n', '-accel kvm: failed: Permission denied\n', 'emulation', 'Permission denied'],
  ['kvm 0 60\nemulation 33 450\n', '', 'emulation', 'ended with 0'],
])('%j %j: %s', (stdout, stderr, kind, reason) => {
  const verdict = accelerationOf({ stdout, stderr });
  expect(verdict.kind).toBe(kind);
  expect(verdict.reason).toContain(reason);
});

test('asked once per boot and image; without a device not at all', async () => {
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
