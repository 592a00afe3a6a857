// What makes a built site stale.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashInputs, isSiteStale } from './site-build.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'site-build-'));
  write('content/docs/index.mdx', 'Hello');
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

test('never built, or interrupted', async () => {
  expect(await isSiteStale(root)).toBe(true);
});

test('built from the same contents', async () => {
  write('dist/.built-from', await hashInputs(root));
  write('content/docs/index.mdx', 'Hello');
  write('server/main.ts', 'not an input');
  expect(await isSiteStale(root)).toBe(false);
});

test.each([
  ['content/docs/index.mdx', 'Hello again'],
  ['content/docs/more.mdx', 'new'],
  ['labs/build-image/lab.yaml', 'title: x'],
  ['server/protocol/limits.ts', 'export const x = 1;'],
  ['package-lock.json', '{}'],
])('%s changed', async (file, text) => {
  write('dist/.built-from', await hashInputs(root));
  write(file, text);
  expect(await isSiteStale(root)).toBe(true);
});
