// Where podman runs: never in a folder in which another user of the host may put a link, and conmon would follow it as root.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeStorage } from './closed-folders.ts';
import { packContainer } from './container-state.ts';
import { createPodman, type Podman } from './podman-command.ts';
import { packMachine } from './vm-state.ts';

let folder: string;
let storageDir: string;
let podman: Podman;
const { PATH } = process.env;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podman-command-'));
  storageDir = join(folder, 'storage');
  mkdirSync(join(folder, 'bin'));
  // Writes down where it was started; tar gets an empty archive.
  const script = `#!/bin/sh\npwd >> ${folder}/started-in\nexec tar --create --files-from /dev/null\n`;
  writeFileSync(join(folder, 'bin/podman'), script);
  chmodSync(join(folder, 'bin/podman'), 0o755);
  process.env['PATH'] = `${join(folder, 'bin')}:${PATH}`;
  podman = createPodman({ storageDir, runtime: 'runc' });
});
afterEach(() => {
  process.env['PATH'] = PATH;
  rmSync(folder, { recursive: true });
});

const startedIn = () => readFileSync(join(folder, 'started-in'), 'utf8').trim().split('\n');
const limit = { timeoutMs: 10_000 };

test('every podman runs in a folder of the storage that only this user may enter', async () => {
  mkdirSync(storageDir);
  await closeStorage(storageDir);
  const dir = join(folder, 'state');
  mkdirSync(dir);
  await podman.run(['ps'], limit);
  await podman.capture(['exec', 'x', 'true'], limit);
  await packContainer(podman, 'x', dir, 'desktop');
  const saved = { snapshot: 'ready' } as unknown as Parameters<typeof packMachine>[0]['saved'];
  await packMachine({ podman, container: 'x', machine: 'vm', dir, saved, bases: [] });
  const [first = '', ...more] = startedIn();
  expect(first.startsWith(`${storageDir}/`)).toBe(true);
  expect(statSync(first).mode & 0o777).toBe(0o700);
  expect(more).toEqual([first, first, first]);
});

test('before there is such a folder, it runs where nobody else may write', async () => {
  await podman.run(['info'], limit);
  expect(startedIn()).toEqual(['/']);
  expect(statSync('/').mode & 0o022).toBe(0);
});
