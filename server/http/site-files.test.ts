import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveSite, sitePath } from './site-files.ts';

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

test('lets browsers keep hashed assets and nothing else', async () => {
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
