import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labSchema } from '../../labs/lab-schema.ts';
import type { SessionRecord } from './session-record.ts';
import { SessionStore } from './session-store.ts';

let dir: string;
const record: SessionRecord = {
  id: '0123456789abcdef',
  reader: 'r',
  lab: 'build-image',
  labFile: labSchema.parse({
    title: 'One',
    machines: [{ name: 'box', image: 'box', memory: 64, cpus: 1, pids: 64 }],
    disk: 64,
    terminals: [{ machine: 'box' }],
  }),
  state: 'ready',
  createdAt: 1,
  readyAt: 2,
  extensions: 1,
  nextTerminal: 2,
};

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'store-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

test('the next server finds what was saved', () => {
  const path = join(dir, 'state.sqlite');
  const store = new SessionStore(path);
  store.save(record);
  store.save({ ...record, state: 'ended', reason: 'idle', endedAt: 9, from: 'encrypt/tpm2#pin' });
  store.save({ ...record, id: 'another', detail: 'why' });
  store.forget('another');
  store.close();
  const next = new SessionStore(path);
  expect(next.all()).toEqual([{ ...record, state: 'ended', reason: 'idle', endedAt: 9, from: 'encrypt/tpm2#pin' }]);
  next.close();
});

test('a second server on the same directory is told so', { timeout: 20_000 }, () => {
  const path = join(dir, 'locked.sqlite');
  const store = new SessionStore(path);
  expect(() => new SessionStore(path)).toThrow(/another lab server.*--state-dir/);
  store.close();
  new SessionStore(path).close();
});

test('the store of a newer version is left alone', () => {
  const path = join(dir, 'newer.sqlite');
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 99');
  database.close();
  expect(() => new SessionStore(path)).toThrow(/version 99/);
});
