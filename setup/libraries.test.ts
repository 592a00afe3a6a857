// When the npm libraries are reinstalled.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { countWanted, whyInstall } from './libraries.mjs';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'libraries-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function lock(file: string, packages: Record<string, object>): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), JSON.stringify({ packages }));
}

function install(packages: Record<string, object>): void {
  lock('node_modules/.package-lock.json', packages);
  mkdirSync(path.join(root, 'node_modules/.bin'));
  writeFileSync(path.join(root, 'node_modules/.bin/node'), '');
}

test('a clean clone', () => {
  lock('package-lock.json', { '': {} });
  expect(whyInstall(root)).toBe('node_modules is missing');
});

test('installed as the lock file says; optional packages may be absent', () => {
  lock('package-lock.json', {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/darwin': { version: '1.0.0', optional: true },
  });
  install({ 'node_modules/a': { version: '1.0.0' } });
  expect(whyInstall(root)).toBeUndefined();
});

test('the lock file has changed since', () => {
  lock('package-lock.json', { 'node_modules/@x/a': { version: '1.1.0' }, 'node_modules/b': { version: '2.0.0' } });
  install({ 'node_modules/@x/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } });
  expect(whyInstall(root)).toBe('package-lock.json asks for @x/a 1.1.0, found 1.0.0');
});

test('an interrupted installation left no Node', () => {
  lock('package-lock.json', {});
  lock('node_modules/.package-lock.json', {});
  expect(whyInstall(root)).toBe('node_modules has no Node');
});

test('the progress counts the packages for this host, not the binaries for others', () => {
  const [os, cpu] = [[process.platform], [process.arch]];
  expect(
    countWanted({
      '': {},
      'node_modules/a': {},
      'node_modules/own': { os, cpu, optional: true },
      'node_modules/processor': { os, cpu: ['s390x'], optional: true },
      'node_modules/system': { os: ['openharmony'], optional: true },
    }),
  ).toBe(2);
});
