// What a failed image build says: the cause, what was tried, the fix.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { explain, runBuildCommand } from './build-command.ts';

const command = { what: 'os-base', source: 'http://mirror.example/debian', log: '/x/os-base.log' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'build-command-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a mirror that cannot be reached is named, with the setting that names another', () => {
  const said = explain(
    command,
    100,
    "E: Failed to fetch http://mirror.example/x  Temporary failure resolving 'mirror.example'",
  );
  expect(said).toContain('http://mirror.example/debian cannot be reached');
  expect(said).toContain('EUOS_LABS_MIRROR');
});

test('a full disk is called a full disk', () => {
  expect(explain(command, 1, 'tar: x: No space left on device')).toMatch(/the disk is full\. Free .*--storage-dir/);
});

test('any other failure: the last error lines, and where the whole output is', () => {
  expect(explain(command, 3, 'step\nE: Unable to locate package foo')).toBe(
    'Building os-base failed (exit status 3): E: Unable to locate package foo. The whole output is in /x/os-base.log.',
  );
});

function run(script: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  const log = join(folder, 'logs/x.log');
  return runBuildCommand({
    ...command,
    log,
    file: 'sh',
    args: ['-c', script],
    timeoutMs: options.timeoutMs ?? 10_000,
    signal: options.signal ?? new AbortController().signal,
  });
}

test('output goes to the log', async () => {
  await run('echo one; echo two >&2');
  await expect.poll(() => readFile(join(folder, 'logs/x.log'), 'utf8')).toMatch(/one\n|two\n/);
});

test('a failure has code LAB_ERR_IMAGE; a time limit and an abort end the command', async () => {
  await expect(run('exit 7')).rejects.toMatchObject({ code: 'LAB_ERR_IMAGE' });
  await expect(run('exec sleep 60', { timeoutMs: 50 })).rejects.toThrow(/not done after/);
  const controller = new AbortController();
  const running = run('exec sleep 60', { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(running).rejects.toThrow('enough');
});
