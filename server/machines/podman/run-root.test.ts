import { expect, test } from 'vitest';
import { runRoot } from './run-root.ts';

test('is below the storage where podman accepts the length', () => {
  expect(runRoot('/var/lib/eu-os-labs/storage')).toBe('/var/lib/eu-os-labs/storage/run');
});

test('is short for a long path, and the same each time', () => {
  const long = `/home/${'a'.repeat(32)}/.local/share/eu-os-labs/storage`;
  process.env['XDG_RUNTIME_DIR'] ??= '/run/user/1000';
  expect(runRoot(long).length).toBeLessThanOrEqual(50);
  expect(runRoot(long)).toBe(runRoot(long));
  expect(runRoot(long)).not.toBe(runRoot(`${long}2`));
});
