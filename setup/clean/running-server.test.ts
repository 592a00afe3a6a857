// Which server npm start and npm run clean believe to be running: one whose note is complete and whose process wrote that note.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endServer, findServer, writeServerNote } from './running-server.ts';

const url = 'http://127.0.0.1:4321';
let stateDir: string;
let note: string;
beforeEach(() => {
  stateDir = mkdtempSync(path.join(tmpdir(), 'running-server-'));
  note = path.join(stateDir, 'server.json');
});
afterEach(() => rmSync(stateDir, { recursive: true }));

test('the server that wrote the note is found', async () => {
  await writeServerNote(stateDir, url);
  expect(await findServer(stateDir)).toMatchObject({ pid: process.pid, url });
});

test.each(['', '{"pid": 1', '{}', 'null', '{"pid":"1","url":"x"}'])('%j is not a note', async (content) => {
  writeFileSync(note, content);
  expect(await findServer(stateDir)).toBeUndefined();
  expect(await endServer(stateDir)).toBeUndefined();
});

test('another process that has the number by now does not count as the server and is not ended', async () => {
  await writeServerNote(stateDir, url);
  const written = JSON.parse(readFileSync(note, 'utf8')) as { identity: string };
  writeFileSync(note, JSON.stringify({ ...written, identity: `${written.identity}0` }));
  expect(await findServer(stateDir)).toBeUndefined();
  expect(await endServer(stateDir)).toBeUndefined();
});
