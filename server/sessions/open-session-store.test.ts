// The server starts, whatever it finds in place of its records.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSessionStore } from './open-session-store.ts';
import { SessionStore } from './session-store.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'open-store-'));
  path = join(dir, 'state.sqlite');
});
afterEach(() => rmSync(dir, { recursive: true }));

test.each(['half a record', `SQLite format 3\0${'x'.repeat(200)}`])('%j is put aside and reported', (content) => {
  writeFileSync(path, content);
  const asides: string[] = [];
  const store = openSessionStore(path, (aside) => asides.push(aside));
  expect(store.all()).toEqual([]);
  store.close();
  expect(asides).toEqual([`${path}.unreadable`]);
  expect(readFileSync(`${path}.unreadable`, 'utf8')).toBe(content);
});

test('an empty file and the store of an earlier server are used unchanged', () => {
  writeFileSync(path, '');
  for (let round = 1; round <= 2; round += 1) openSessionStore(path, () => expect.unreachable()).close();
});

test('a store that another server uses is not put aside', { timeout: 20_000 }, () => {
  const first = new SessionStore(path);
  expect(() => openSessionStore(path, () => expect.unreachable())).toThrow(/another lab server/);
  first.close();
});
