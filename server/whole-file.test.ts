// Files that are complete or absent: what a failed write leaves behind, and with which rights.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWhole, writeWhole } from './whole-file.ts';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'whole-file-'));
  file = path.join(dir, 'note.json');
});
afterEach(() => rmSync(dir, { recursive: true }));

const mode = () => statSync(file).mode & 0o777;

test('a file is replaced, is only for its user, and leaves no draft', async () => {
  writeFileSync(file, 'old');
  chmodSync(file, 0o644);
  await writeWhole(file, 'new');
  expect([readFileSync(file, 'utf8'), mode(), readdirSync(dir)]).toEqual(['new', 0o600, ['note.json']]);
  await writeWhole(file, 'for all', 0o644);
  expect(mode()).toBe(0o644);
});

test('a write that fails leaves the old content and no draft', async () => {
  writeFileSync(file, 'old');
  // A folder cannot be replaced by a file.
  await expect(writeWhole(dir, 'new')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(readdirSync(dir)).toEqual(['note.json']);
  expect(readFileSync(file, 'utf8')).toBe('old');
});

test('of two that create a file, only one succeeds', async () => {
  const created = await Promise.all(['a', 'b', 'c'].map((content) => createWhole(file, content)));
  expect(created.filter(Boolean)).toHaveLength(1);
  expect(readFileSync(file, 'utf8')).toBe(['a', 'b', 'c'][created.indexOf(true)]);
  expect(readdirSync(dir)).toEqual(['note.json']);
});
