// The lock file works on every processor and system, and npm ci accepts it. Runs npm itself; installs nothing.
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';

interface LockedPackage {
  version: string;
  resolved?: string;
  integrity?: string;
  optionalDependencies?: Record<string, string>;
}

const root = path.join(import.meta.dirname, '..');
const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
// npm takes 2 s to read 600 packages; a busy machine is given twenty times that.
const npmTimeoutMs = 40_000;

let copy: string;
beforeEach(() => (copy = mkdtempSync(path.join(tmpdir(), 'lock-file-'))));
afterEach(() => rmSync(copy, { recursive: true }));

test('npm ci takes the lock file as it is', { timeout: npmTimeoutMs }, async () => {
  for (const file of ['package.json', 'package-lock.json', '.npmrc'])
    cpSync(path.join(root, file), path.join(copy, file));
  const flags = ['--dry-run', '--offline', '--ignore-scripts', '--loglevel=error'];
  const npm = await execa('npm', ['ci', ...flags], { cwd: copy, all: true, reject: false, timeout: npmTimeoutMs });
  expect(npm.exitCode, npm.all).toBe(0);
});

test('the binaries for other processors and systems are named as well', () => {
  const missing = Object.entries(lock.packages).flatMap(([place, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).filter((name) => !isLocked(place, name)),
  );
  expect(missing).toEqual([]);
  expect(lock.packages['node_modules/@oxlint/binding-linux-arm64-gnu']).toBeDefined();
});

test('every package has a hash, and none the address of a mirror', () => {
  const packages = Object.entries(lock.packages).filter(([place]) => place !== '');
  expect(packages.filter(([, entry]) => entry.integrity === undefined).map(([place]) => place)).toEqual([]);
  expect(packages.filter(([, entry]) => entry.resolved !== undefined).map(([place]) => place)).toEqual([]);
});

/** As Node looks up a package: beside the package that asks, then in every node_modules above it. */
function isLocked(place: string, name: string): boolean {
  for (let from = place; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
    if (lock.packages[`${from === '' ? '' : `${from}/`}node_modules/${name}`] !== undefined) return true;
    if (from === '') return false;
  }
}
