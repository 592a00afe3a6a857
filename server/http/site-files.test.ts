import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gzipSync, gunzipSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveSite, sitePath } from './site-files.ts';

// File names like those that Pagefind writes.
const searchFiles = ['x.pf_meta', 'x.pf_index', 'x.pf_fragment', 'wasm.en.pagefind', 'pagefind-entry.json'];
const packed = { 'index.html': '<script>2</script>packed', 'b.js': 'export const b = 2;' };

let siteDir: string;
let app: FastifyInstance;

beforeAll(async () => {
  siteDir = await mkdtemp(join(tmpdir(), 'site-'));
  await mkdir(join(siteDir, 'build/ship-it'), { recursive: true });
  await mkdir(join(siteDir, '_astro'));
  await writeFile(join(siteDir, 'index.html'), '<script>1</script>home');
  await writeFile(join(siteDir, '404.html'), 'nothing here');
  await writeFile(join(siteDir, 'build/ship-it/index.html'), 'ship it');
  await writeFile(join(siteDir, '_astro/a.Bx1.js'), 'export {};');
  await mkdir(join(siteDir, 'pagefind'));
  for (const name of searchFiles) await writeFile(join(siteDir, 'pagefind', name), 'index');
  await writeFile(join(siteDir, 'pagefind/pagefind-worker.js'), 'fetch("/pagefind/x.pf_meta");');
  await mkdir(join(siteDir, 'project/version-1.2'), { recursive: true });
  await writeFile(join(siteDir, 'project/version-1.2/index.html'), 'version');
  await mkdir(join(siteDir, 'packed'));
  for (const [name, text] of Object.entries(packed)) {
    await writeFile(join(siteDir, 'packed', name), text);
    await writeFile(join(siteDir, 'packed', `${name}.br`), brotliCompressSync(text));
    await writeFile(join(siteDir, 'packed', `${name}.gz`), gzipSync(text));
  }
  app = fastify();
  await serveSite(app, siteDir);
});

afterAll(async () => {
  await app.close();
  await rm(siteDir, { recursive: true });
});

test('sends pages with their policy and folders with their slash', async () => {
  const home = await app.inject('/?from=test');
  expect(home.body).toContain('home');
  expect(home.headers['content-security-policy']).toContain("'sha256-");
  expect((await app.inject('/build/ship-it/')).body).toBe('ship it');
  const redirect = await app.inject('/build/ship-it');
  expect([redirect.statusCode, redirect.headers.location]).toEqual([301, '/build/ship-it/']);
});

test('lets browsers cache only hashed assets', async () => {
  const asset = await app.inject('/_astro/a.Bx1.js');
  expect(asset.headers['cache-control']).toContain('immutable');
  expect(asset.headers['content-type']).toContain('javascript');
  expect((await app.inject('/')).headers['cache-control']).toBe('no-cache');
});

test.each(['/nowhere/', '/nowhere', '/a.png', '/..%2f..%2fetc/passwd', '/.git/config'])(
  'answers 404 with the site’s own page: %s',
  async (url) => {
    const answer = await app.inject(url);
    expect(answer.statusCode).toBe(404);
  },
);

test('finds the path inside the site', () => {
  expect(sitePath('/build/ship-it/?x#y')).toBe('/build/ship-it/index.html');
  expect(sitePath('/a%00b')).toBeUndefined();
});

test.each(searchFiles)('sends the search’s %s', async (name) => {
  const answer = await app.inject(`/pagefind/${name}`);
  expect([answer.statusCode, answer.body]).toEqual([200, 'index']);
});

test('a worker may fetch from this server and run WebAssembly, and nothing else', async () => {
  const policy = (await app.inject('/pagefind/pagefind-worker.js')).headers['content-security-policy'];
  expect(policy).toContain("connect-src 'self'");
  expect(policy).toContain("'wasm-unsafe-eval'");
  expect(policy).toContain("default-src 'none'");
  expect((await app.inject('/pagefind/x.pf_meta')).headers['content-security-policy']).not.toContain('connect-src');
});

test('a dot in a page’s name does not make it a file', async () => {
  expect((await app.inject('/project/version-1.2')).headers.location).toBe('/project/version-1.2/');
  expect((await app.inject('/project/version-1.2/')).body).toBe('version');
  expect((await app.inject('/project/')).statusCode).toBe(404);
  expect((await app.inject('/project')).statusCode).toBe(404);
});

test.each([
  ['br, gzip', 'br', brotliDecompressSync],
  ['gzip, deflate', 'gzip', gunzipSync],
] as const)('sends compressed files to clients that accept %s', async (accepted, encoding, unpack) => {
  for (const [name, text] of Object.entries(packed)) {
    const answer = await app.inject({ url: `/packed/${name}`, headers: { 'accept-encoding': accepted } });
    expect(answer.headers).toMatchObject({ 'content-encoding': encoding, vary: 'accept-encoding' });
    expect(answer.headers['content-type']).toMatch(/^(text\/html|application\/javascript); charset=utf-8$/);
    expect(unpack(answer.rawPayload).toString()).toBe(text);
  }
  const page = await app.inject({ url: '/packed/', headers: { 'accept-encoding': accepted } });
  expect(page.headers['content-security-policy']).toContain("'sha256-");
  const plain = await app.inject('/packed/b.js');
  expect([plain.headers['content-encoding'], plain.body]).toEqual([undefined, packed['b.js']]);
});

test('a page that a browser has is not sent again; the page for a missing one always is', async () => {
  const first = await app.inject('/packed/');
  const again = await app.inject({ url: '/packed/', headers: { 'if-none-match': String(first.headers.etag) } });
  expect(again.statusCode).toBe(304);
  const missing = await app.inject({ url: '/nowhere/', headers: { 'if-none-match': String(first.headers.etag) } });
  expect([missing.statusCode, missing.body]).toEqual([404, 'nothing here']);
  expect(missing.headers.etag).toBeUndefined();
});
