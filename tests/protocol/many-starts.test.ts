// A class of two hundred that begins at the same moment: nobody fails, nobody is forgotten, and the host is not overloaded.
import { afterEach, expect, test } from 'vitest';
import type { SessionView } from '../../server/protocol/messages.ts';
import { availableParallelism } from 'node:os';
import { LabReader } from '../lessons/lab-reader.ts';
import { createEchoEngine } from '../../server/machines/echo/echo-engine.ts';
import { startTestLabServer, until, writeLab, type TestLabServer } from '../support/test-lab-server.ts';

/** No session may run out of time, however slow the host is. */
const labFile = `title: Class
machines:
  - { name: box, image: box, memory: 64, cpus: 1, pids: 64 }
disk: 64
terminals:
  - machine: box
`;
const readers = 200;
const seats = 40;
/** For forty shells on a busy host of two processors. */
const longMs = 120_000;

let server: TestLabServer | undefined;
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
});

test('all get a seat or a place in line, in the order in which they came', { timeout: 2 * longMs }, async () => {
  let underWay = 0;
  let most = 0;
  const whenStarting = async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    // Long enough for the others to send their requests.
    await new Promise((resolve) => setTimeout(resolve, 20));
    underWay -= 1;
  };
  const engine = createEchoEngine({ whenStarting });
  server = await startTestLabServer({
    engine,
    flags: ['--seats', String(seats)],
    editLabs: (labsDir) => writeLab(labsDir, 'class', labFile),
  });
  const { url } = server;
  const all = Array.from({ length: readers }, () => new LabReader(url));
  // As their pages do first: once there is a cookie, limits count per reader.
  await Promise.all(all.map((reader) => reader.call('POST', '/api/reader/cookie', {})));
  const sessions = await Promise.all(
    all.map((reader) => reader.call<SessionView>('POST', '/api/sessions', { lab: 'class' })),
  );
  for (const { state, place } of sessions) {
    expect(['starting', 'queued', 'ready']).toContain(state);
    if (state === 'queued') expect(place).toBeGreaterThan(0);
  }
  const now = () =>
    Promise.all(all.map((reader, at) => reader.call<SessionView>('GET', `/api/sessions/${sessions[at]?.id}`)));
  const settled = await until(now, (views) => views.filter(({ state }) => state === 'ready').length === seats, longMs);
  const waiting = settled.filter(({ state }) => state === 'queued');
  expect(waiting).toHaveLength(readers - seats);
  expect(waiting.map(({ place }) => place).toSorted((a = 0, b = 0) => a - b)).toEqual(
    Array.from({ length: readers - seats }, (_, at) => at + 1),
  );
  expect(waiting.every(({ reason }) => reason === 'no-seat' || reason === undefined)).toBe(true);
  expect(most).toBeLessThanOrEqual(2 * availableParallelism());
  // A reader who leaves makes room for the first in line.
  const first = settled.findIndex(({ place }) => place === 1);
  const leaving = settled.findIndex(({ state }) => state === 'ready');
  await all[leaving]?.call('DELETE', `/api/sessions/${sessions[leaving]?.id}`);
  await until(
    () => all[first]?.call<SessionView>('GET', `/api/sessions/${sessions[first]?.id}`),
    (view) => view?.state === 'ready',
    longMs,
  );
  expect((await now()).filter(({ state }) => state === 'failed')).toEqual([]);
});
