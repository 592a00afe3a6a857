// What the build compresses, and that unpacking gives the same bytes.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compressFolder } from './compress-site.ts';

let site: string;
beforeEach(() => (site = mkdtempSync(path.join(tmpdir(), 'compressed-'))));
afterEach(() => rmSync(site, { recursive: true }));

test('texts that are large enough get two copies of the same content; small or already packed files get none', async () => {
  const page = '<p>The shorter of two keys. — Der kürzere.</p>\n'.repeat(100);
  mkdirSync(path.join(site, 'a/lesson'), { recursive: true });
  writeFileSync(path.join(site, 'a/lesson/index.html'), page);
  writeFileSync(path.join(site, 'tiny.js'), 'export {};');
  writeFileSync(path.join(site, 'font.woff2'), Buffer.alloc(5000));
  await compressFolder(site);
  expect(brotliDecompressSync(readFileSync(path.join(site, 'a/lesson/index.html.br'))).toString()).toBe(page);
  expect(gunzipSync(readFileSync(path.join(site, 'a/lesson/index.html.gz'))).toString()).toBe(page);
  expect(readdirSync(site).toSorted()).toEqual(['a', 'font.woff2', 'tiny.js']);
});
