// The hash of a lesson changes with everything that the lesson consists of, and with nothing else.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lessonHash } from './lesson-hash.ts';

let root = '';
const hash = (...before: string[]) => lessonHash(root, 'build/a', 'one', before);

function write(file: string, text: string): string {
  const absolute = path.join(root, file);
  mkdirSync(path.dirname(absolute), { recursive: true });
  writeFileSync(absolute, text);
  return absolute;
}

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'lesson-hash-'));
  write('content/docs/build/a.mdx', 'page');
  write('labs/one/lab.yaml', 'title: One');
  write('labs/one/checks/works', '#!/bin/sh');
  write('labs/images/base/Containerfile', 'FROM scratch');
  write('content/checks/one.en.yaml', 'works: {}');
});
afterEach(() => rmSync(root, { recursive: true }));

test.each([
  'content/docs/build/a.mdx',
  'labs/one/lab.yaml',
  'labs/one/checks/works',
  'labs/images/base/Containerfile',
  'content/checks/one.en.yaml',
])('changes with %s', (file) => {
  const before = hash();
  write(file, 'changed');
  expect(hash()).not.toBe(before);
});

test('changes with a new file, a new name and an executable bit', () => {
  const hashes = [hash()];
  const tool = write('labs/one/files/tool', 'x');
  hashes.push(hash());
  chmodSync(tool, 0o755);
  hashes.push(hash());
  rmSync(tool);
  write('labs/one/files/renamed', 'x');
  hashes.push(hash());
  expect(new Set(hashes).size).toBe(4);
});

test('does not change with times, other labs and other lessons', () => {
  const before = hash();
  utimesSync(path.join(root, 'labs/one/lab.yaml'), 1, 1);
  write('labs/two/lab.yaml', 'title: Two');
  write('content/docs/build/b.mdx', 'other');
  expect(hash()).toBe(before);
  expect(before).toMatch(/^[0-9a-f]{64}$/);
});

test('changes with the lessons that it builds on, and with their order', () => {
  write('content/docs/build/b.mdx', 'passphrase one');
  write('content/docs/build/c.mdx', 'another');
  const before = hash('build/b', 'build/c');
  expect(new Set([before, hash(), hash('build/b'), hash('build/c', 'build/b')]).size).toBe(4);
  write('content/docs/build/b.mdx', 'passphrase two');
  expect(hash('build/b', 'build/c')).not.toBe(before);
});

test('names the page that is missing', () => {
  expect(() => lessonHash(root, 'build/gone', 'one', [])).toThrow('content/docs/build/gone.mdx');
});
