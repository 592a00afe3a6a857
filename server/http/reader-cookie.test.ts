// The secret that signs readers' cookies: it survives a restart and is never empty.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCookieSecret } from './reader-cookie.ts';

let stateDir: string;
beforeEach(() => (stateDir = mkdtempSync(join(tmpdir(), 'reader-cookie-'))));
afterEach(() => rmSync(stateDir, { recursive: true }));

test('the same after a restart, and only for this user', async () => {
  const secret = await readCookieSecret(stateDir);
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  expect(await readCookieSecret(stateDir)).toBe(secret);
  expect(statSync(join(stateDir, 'cookie-secret')).mode & 0o777).toBe(0o600);
});

test.each(['', 'ab12', `${'0'.repeat(63)}x`])('%j does not count: another one is made and kept', async (half) => {
  writeFileSync(join(stateDir, 'cookie-secret'), half);
  const secret = await readCookieSecret(stateDir);
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  expect(readFileSync(join(stateDir, 'cookie-secret'), 'utf8')).toBe(secret);
});
