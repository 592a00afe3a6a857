// npm start twice, npm run clean once: the site is up in time, the output says what is left, and everything of the product is
// gone, but nothing else.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfig } from '../../server/config.ts';
import { cleanHost } from '../../setup/clean/clean-host.ts';
import { projectRoot } from '../lessons/built-lessons.ts';

let dir: string;
let flags: string[];

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'start-and-clean-'));
  // Without labs, whose images would take minutes to build. The container probe makes an image and runs it.
  mkdirSync(path.join(dir, 'labs'));
  flags = ['--port', '0', '--state-dir', path.join(dir, 'state'), '--labs-dir', path.join(dir, 'labs')];
});
afterEach(async () => {
  await cleanHost(readConfig(flags, {}), path.join(dir, 'repository'));
  rmSync(dir, { recursive: true, force: true });
});

/** Starts as a reader does, requests a page, stops as Ctrl-C does. */
async function startOnce(more: string[] = []): Promise<{ output: string; answer: string }> {
  const child = execa(process.execPath, [path.join(projectRoot, 'setup/run.mjs'), 'start', ...flags, ...more], {
    cwd: projectRoot,
    all: true,
    reject: false,
    timeout: 120_000,
  });
  let answer = '';
  for await (const line of child.iterable({ from: 'all' })) {
    const url = /EU OS Labs is up: (\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    answer = await (await fetch(`${url}/health`)).text();
    child.kill('SIGINT');
  }
  return { output: (await child).all, answer };
}

function mountsOf(): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(dir));
}

test('a second start installs and builds nothing, and clean leaves only the files of others', async () => {
  const first = await startOnce();
  expect(first.answer).toContain('"status":"ok"');
  expect(first.output).toMatch(/Stopping the server\.[^]*(Left running for the readers|Nothing was left running)/);

  const second = await startOnce();
  expect(second.answer).toContain('"status"');
  // How fast that is, bench/second-start.ts measures.
  expect(second.output).not.toMatch(/installing|Building the site/);

  const root = path.join(dir, 'repository');
  mkdirSync(path.join(root, 'dist'), { recursive: true });
  mkdirSync(path.join(root, '.state'));
  writeFileSync(path.join(root, 'README.md'), 'not ours to remove');
  writeFileSync(path.join(root, '.state/installed-packages.json'), '["podman"]');
  writeFileSync(path.join(dir, 'state/diary.txt'), 'not ours to remove');
  expect(existsSync(path.join(dir, 'state/storage/root'))).toBe(true);

  const cleaned = await cleanHost(readConfig(flags, {}), root);
  expect(cleaned.packages).toEqual(['podman']);
  expect(cleaned.left).toEqual([path.join(dir, 'state/diary.txt')]);
  expect(cleaned.removed.join('\n')).toMatch(/1 images in .*storage/);
  expect(readdirSync(path.join(dir, 'state'))).toEqual(['diary.txt']);
  expect(readdirSync(root)).toEqual(['.state', 'README.md']);
  expect(mountsOf()).toEqual([]);

  expect((await cleanHost(readConfig(flags, {}), root)).removed).toEqual([]);
});

test('without podman the whole site is served, and the output says so', async () => {
  // A PATH with only what Node and the shell need.
  const bin = path.join(dir, 'bin');
  mkdirSync(bin);
  const child = execa(process.execPath, [path.join(projectRoot, 'setup/start.ts'), ...flags], {
    cwd: projectRoot,
    all: true,
    reject: false,
    timeout: 60_000,
    extendEnv: false,
    env: { PATH: bin, HOME: dir },
  });
  let page = '';
  // The sentence comes a moment after the address, when the server has been asked for its labs.
  for await (const line of child.iterable({ from: 'all' })) {
    const url = /EU OS Labs is up: (\S+)/.exec(line)?.[1];
    if (url !== undefined) page = await (await fetch(url)).text();
    if (line.includes('without labs')) child.kill('SIGINT');
  }
  const output = (await child).all;
  expect(page).toContain('EU OS');
  expect(output).toContain('No container starts on this host: the site is complete, but without labs.');
});
