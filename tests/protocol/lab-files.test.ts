// Lab files that break, change or disappear while their sessions run, with and without a restart of the server.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CheckResult, LabView, SessionView } from '../../server/protocol/messages.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { until } from '../support/test-lab-server.ts';
import { startSession } from '../support/test-reader.ts';
import { serverPerTest } from './support/server-per-test.ts';

const serve = serverPerTest();

const labsOf = (reader: LabReader) => reader.call<LabView[]>('GET', '/api/labs');
const check = (reader: LabReader, { id }: SessionView, name: string) =>
  reader.call<CheckResult>('POST', `/api/sessions/${id}/checks/${name}`, {});

function edit(labsDir: string, change: (text: string) => string): void {
  const path = join(labsDir, 'test-lab/lab.yaml');
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

test('a mistake in lab.yaml and a restart: the lab is reported, its session goes on with its limits and is not reaped', async () => {
  const server = await serve();
  const { reader, session } = await startSession(server.url);
  edit(server.labsDir, (text) => text.replace('disk: 64', 'disk: lots').replace('total: 2', 'total: 900'));
  const later = new LabReader(await server.restart(), reader.cookie);
  const now = await later.call<SessionView>('GET', `/api/sessions/${session.id}`);
  expect(now).toMatchObject({ state: 'ready', terminals: [{ number: 1, state: 'running' }] });
  expect(now.endsInMs).toBeLessThanOrEqual(2 * 60_000);
  expect(await labsOf(later)).toEqual([
    expect.objectContaining({
      state: 'failed',
      detail: expect.stringMatching(/test-lab\/lab\.yaml:4:7: `disk`/) as string,
    }),
  ]);
  expect(await check(later, session, 'passes')).toMatchObject({ outcome: 'passed' });
  // The running session is returned; a new one is refused, and asking for it does not lose the old one.
  expect(await later.call<SessionView>('POST', '/api/sessions', { lab: 'test-lab' })).toMatchObject({ id: session.id });
  const refused = /500 LAB_ERR_LAB_FILE.*lab\.yaml:4:7/;
  await expect(later.call('POST', `/api/sessions/${session.id}/reset`, {})).rejects.toThrow(refused);
  await expect(new LabReader(later.url).call('POST', '/api/sessions', { lab: 'test-lab' })).rejects.toThrow(refused);
  expect(await server.engine.list()).toEqual([session.id]);
  const health: unknown = await (await fetch(`${later.url}/health`)).json();
  expect(health).toMatchObject({ status: 'degraded', problems: [expect.stringContaining('lab.yaml:4:7')] });
});

test('a missing folder and a restart: the same; a check says that its script is missing', async () => {
  const server = await serve();
  const { reader, session } = await startSession(server.url);
  rmSync(join(server.labsDir, 'test-lab'), { recursive: true });
  const later = new LabReader(await server.restart(), reader.cookie);
  const path = `/api/sessions/${session.id}`;
  expect(await later.call<SessionView>('GET', path)).toMatchObject({ state: 'ready' });
  expect(await labsOf(later)).toMatchObject([{ id: 'test-lab', title: 'Test lab', state: 'failed' }]);
  await expect(check(later, session, 'passes')).rejects.toThrow(/LAB_ERR_NO_CHECK.*checks\/passes.*no longer exists/);
  expect(await server.engine.list()).toEqual([session.id]);
  expect((await later.call<SessionView>('DELETE', path)).state).toBe('ended');
  expect(await labsOf(later)).toEqual([]);
});

test('an author edits with a session open: a mistake ends nothing; corrected files apply to the next session and to checks', async () => {
  const server = await serve();
  const { reader, session } = await startSession(server.url);
  const lab = () => reader.call<LabView>('GET', '/api/labs/test-lab');
  edit(server.labsDir, (text) => text.replace('disk: 64', 'disk: lots'));
  await until(lab, ({ state, detail }) => state === 'failed' && detail?.includes('lab.yaml:4:7') === true);
  expect((await reader.call<SessionView>('GET', `/api/sessions/${session.id}`)).state).toBe('ready');
  await expect(check(reader, session, 'added')).rejects.toThrow('LAB_ERR_NO_CHECK');
  writeFileSync(join(server.labsDir, 'test-lab/checks/added'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  edit(
    server.labsDir,
    (text) =>
      `${text.replace('disk: lots', 'disk: 64').replace('title: Test lab', 'title: Edited').replace('idle: 1, total: 2', 'idle: 9, total: 9')}  - { id: added }\n`,
  );
  await until(lab, ({ state, title }) => state === 'ready' && title === 'Edited');
  expect(await check(reader, session, 'added')).toMatchObject({ outcome: 'passed' });
  expect((await reader.call<SessionView>('GET', `/api/sessions/${session.id}`)).endsInMs).toBeLessThanOrEqual(120_000);
  const next = await startSession(server.url);
  expect(next.session.endsInMs).toBeGreaterThan(8 * 60_000);
});

test('a session that waits for a lab that breaks is told so, with file and line', async () => {
  const image = Promise.withResolvers<void>();
  const server = await serve({ faults: { image: image.promise } });
  const reader = new LabReader(server.url);
  const { id } = await reader.call<SessionView>('POST', '/api/sessions', { lab: 'test-lab' });
  edit(server.labsDir, (text) => text.replace('disk: 64', 'disk: lots'));
  const failed = await until(
    () => reader.call<SessionView>('GET', `/api/sessions/${id}`),
    ({ state }) => state === 'failed',
  );
  expect(failed).toMatchObject({ reason: 'lab-broken', detail: expect.stringContaining('lab.yaml:4:7') as string });
  image.resolve();
});
