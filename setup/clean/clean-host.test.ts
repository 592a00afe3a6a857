// npm run clean on a storage directory that another server uses: nothing is removed, and the message names that server.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfig } from '../../server/config.ts';
import { noteStorageUser, storageUsers } from '../../server/machines/podman/storage-users.ts';
import { cleanHost } from './clean-host.ts';
import { writeServerNote } from './running-server.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'clean-host-'));
  for (const name of ['own', 'other', 'storage/slots']) mkdirSync(path.join(dir, name), { recursive: true });
  writeFileSync(path.join(dir, 'own/state.sqlite'), '');
});
afterEach(() => rmSync(dir, { recursive: true }));

const storageDir = () => path.join(dir, 'storage');
const clean = () =>
  cleanHost(
    readConfig(['--state-dir', path.join(dir, 'own'), '--storage-dir', storageDir()], {}),
    path.join(dir, 'repository'),
  );

test('another server uses the storage: clean refuses, names it, and removes nothing', async () => {
  const other = path.join(dir, 'other');
  const leave = await noteStorageUser(storageDir(), other);
  await writeServerNote(other, 'http://127.0.0.1:4999');
  await expect(clean()).rejects.toThrow(
    new RegExp(`Nothing was removed.*${storageDir()}[^]*process ${process.pid}, http://127.0.0.1:4999.*${other}`),
  );
  expect(existsSync(path.join(dir, 'own/state.sqlite'))).toBe(true);
  await leave();
  await clean();
  expect(existsSync(path.join(dir, 'own'))).toBe(false);
});

test('notes that are half written or of processes that are gone do not count and are removed', async () => {
  await noteStorageUser(storageDir(), path.join(dir, 'own'));
  writeFileSync(path.join(storageDir(), 'users/1-a.json'), '{"pid": 1');
  const gone = { pid: process.pid, identity: 'another', stateDir: '/elsewhere' };
  writeFileSync(path.join(storageDir(), 'users/2-b.json'), JSON.stringify(gone));
  expect(await storageUsers(storageDir())).toMatchObject([{ pid: process.pid, stateDir: path.join(dir, 'own') }]);
  expect(existsSync(path.join(storageDir(), 'users/1-a.json'))).toBe(false);
  expect(existsSync(path.join(storageDir(), 'users/2-b.json'))).toBe(false);
});
