// Ranges of user ids: one for each sandbox, with a complete note of its owner, and none lost to an empty file.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { freeIdRange, reserveIdRange } from './id-slots.ts';

let storageDir: string;
beforeEach(() => {
  storageDir = mkdtempSync(join(tmpdir(), 'id-slots-'));
  vi.spyOn(process, 'getuid').mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(storageDir, { recursive: true });
});

test('sandboxes that start at once have different ranges, and free their own', async () => {
  const ids = ['one', 'two', 'three'];
  const ranges = await Promise.all(ids.map((id) => reserveIdRange(storageDir, id)));
  expect(new Set(ranges.map(({ hostId }) => hostId)).size).toBe(3);
  await freeIdRange(storageDir, 'two');
  const names = readdirSync(join(storageDir, 'slots'));
  expect(names.map((name) => readFileSync(join(storageDir, 'slots', name), 'utf8')).toSorted()).toEqual([
    'one',
    'three',
  ]);
});

test('a slot without a name, as a full disk leaves one, is free again', async () => {
  mkdirSync(join(storageDir, 'slots'));
  writeFileSync(join(storageDir, 'slots/0'), '');
  const { hostId } = await reserveIdRange(storageDir, 'one');
  await freeIdRange(storageDir, 'one');
  expect((await reserveIdRange(storageDir, 'two')).hostId).toBe(hostId);
  expect(readFileSync(join(storageDir, 'slots/0'), 'utf8')).toBe('two');
});
