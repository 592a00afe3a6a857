// What opening says about a storage directory that cannot be made. The doctor reports what podman itself lacks.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { HostFacts } from './host-facts.ts';
import { openPodman } from './open-podman.ts';

test('a storage directory that cannot be made is reported with its name and the fix', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'open-podman-'));
  writeFileSync(join(dir, 'file'), '');
  const storageDir = join(dir, 'file/storage');
  const host = { podmanVersion: '5', runtimePresent: true, runtime: 'runc' } as HostFacts;
  const missing = await openPodman({
    storageDir,
    stateDir: dir,
    instance: 'x',
    host,
    sandboxDir: (id) => join(dir, id),
    onVmChange: () => undefined,
    stop: () => Promise.resolve(),
  });
  expect(missing).toMatch(new RegExp(`^the storage directory ${storageDir} cannot be made .*ENOTDIR.*--storage-dir`));
  rmSync(dir, { recursive: true });
});
