// What npm run clean removes from the storage directory: everything that the product puts there, and nothing else.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeOurs, storageEntries } from './own-files.ts';

let dir: string;
beforeEach(() => (dir = mkdtempSync(path.join(tmpdir(), 'own-files-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('key, devices and half-made ones are removed; files of others stay, and their folder with them', async () => {
  for (const name of ['login', 'login.new', 'devices', 'vm']) {
    mkdirSync(path.join(dir, name));
    writeFileSync(path.join(dir, name, 'file'), '');
  }
  writeFileSync(path.join(dir, 'letters.txt'), '');
  const removed: string[] = [];
  expect(await removeOurs(dir, storageEntries, false, removed)).toEqual([path.join(dir, 'letters.txt')]);
  expect(readdirSync(dir)).toEqual(['letters.txt']);
  expect(removed).toHaveLength(4);
});

test('every name that the server uses in its storage directory is known', () => {
  const root = path.join(import.meta.dirname, '../../server/machines');
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.test)\.ts$/.test(name),
  );
  const names = sources.flatMap((name) => {
    const text = readFileSync(path.join(root, name), 'utf8');
    return [...text.matchAll(/join\((?:\w+\.)*storageDir, '([^'/]+)'/g)].map(([, entry]) => entry!);
  });
  expect(names).toContain('login');
  const unknown = names.filter((name) => !storageEntries.includes(name) && !name.startsWith('build-'));
  expect(unknown).toEqual([]);
});
