// One holder at a time, even across processes; the lock is free when its holder releases it or dies.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeFileLock, tryFileLock } from './file-lock.ts';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'file-lock-'));
  file = join(dir, 'vm/states/maker.lock');
});
afterEach(() => rmSync(dir, { recursive: true }));

test('a second caller waits, is told so once, and has the lock when the first releases it', async () => {
  const first = await tryFileLock(file);
  expect(await tryFileLock(file)).toBeUndefined();
  let waits = 0;
  const second = takeFileLock(file, new AbortController().signal, () => {
    waits += 1;
    first?.[Symbol.dispose]();
  });
  (await second)[Symbol.dispose]();
  expect(waits).toBe(1);
});

test('a caller that waits can be aborted', async () => {
  using _first = await tryFileLock(file);
  const controller = new AbortController();
  const waiting = takeFileLock(file, controller.signal, () => controller.abort(new Error('enough')));
  await expect(waiting).rejects.toThrow(/abort|enough/);
});

test('the lock of a process that is killed is free', async () => {
  const module = join(import.meta.dirname, 'file-lock.ts');
  const hold = `const { tryFileLock } = await import(${JSON.stringify(module)});
    globalThis.lock = await tryFileLock(${JSON.stringify(file)}); console.log('held'); setInterval(() => {}, 1000);`;
  const holder = execa(process.execPath, ['--input-type=module', '--eval', hold], { buffer: false, reject: false });
  await once(holder.stdout, 'data');
  expect(await tryFileLock(file)).toBeUndefined();
  holder.kill('SIGKILL');
  await holder;
  const lock = await tryFileLock(file);
  expect(lock).toBeDefined();
  lock?.[Symbol.dispose]();
});
