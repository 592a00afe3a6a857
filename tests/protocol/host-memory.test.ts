// What the host's memory decides when the number of seats is not set: who starts, who waits, which lab is refused.
import { afterEach, expect, test, vi } from 'vitest';
import type { LabView, SessionView } from '../../server/protocol/messages.ts';
import { createEchoEngine } from '../../server/machines/echo/echo-engine.ts';
import type { Engine } from '../../server/machines/engine.ts';
import { checkCapacity } from '../../server/machines/vm/capacity.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { until, vmLabFile, writeLab } from '../support/test-lab-server.ts';
import { serverPerTest } from './support/server-per-test.ts';

/** The simulated host: MiB that are free without the machines, and the machines that have taken theirs. */
const host = vi.hoisted(() => ({ freeMiB: 0, running: new Set<string>() }));
/** What server/sessions/host-room.ts counts for a machine of a gigabyte. */
const shareMiB = 128 + 1024 / 4;
const reserveMiB = 1024;

vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  freemem: () => (host.freeMiB - host.running.size * shareMiB) * 1024 * 1024,
}));

const classFile = `title: Class
machines:
  - name: desktop
    type: vm
    memory: 1024
    disks: [{ name: system, size: 16 }]
disk: 64
terminals: [{ machine: desktop }]
`;
const readers = 200;
/** For two hundred requests and some shells on a busy host of two processors. */
const longMs = 120_000;

const serve = serverPerTest();
afterEach(() => host.running.clear());

/** Machines take the host's memory when they start, and give it back when they have gone. */
function engineOfHost(onTaken: () => void = () => undefined): Engine {
  const engine = createEchoEngine({
    whenStarting: (id) => {
      host.running.add(id);
      onTaken();
      return Promise.resolve();
    },
  });
  const stop = engine.stop.bind(engine);
  vi.spyOn(engine, 'stop').mockImplementation(async (id) => {
    await stop(id);
    host.running.delete(id);
  });
  return engine;
}

async function serveClass(engine: Engine): Promise<LabReader[]> {
  const { url } = await serve({
    engine,
    isMemoryLimit: true,
    flags: ['--reserve-mib', String(reserveMiB)],
    editLabs: (labsDir) => writeLab(labsDir, 'class', classFile),
  });
  const all = Array.from({ length: readers }, () => new LabReader(url));
  // As their pages do first: once there is a cookie, limits count per reader.
  await Promise.all(all.map((reader) => reader.call('POST', '/api/reader/cookie', {})));
  return all;
}

test(
  'two hundred at once: as many start as memory allows, all others wait, and nothing is left behind',
  { timeout: 3 * longMs },
  async () => {
    // Seats are counted when the server starts; then another program takes memory for four.
    host.freeMiB = reserveMiB + 10 * shareMiB;
    let most = 0;
    const engine = engineOfHost(() => (most = Math.max(most, host.running.size)));
    const all = await serveClass(engine);
    host.freeMiB = reserveMiB + 6 * shareMiB;

    const sessions = await Promise.all(
      all.map((reader) => reader.call<SessionView>('POST', '/api/sessions', { lab: 'class' })),
    );
    const pathOf = (at: number) => `/api/sessions/${sessions[at]?.id}`;
    const now = () => Promise.all(all.map((reader, at) => reader.call<SessionView>('GET', pathOf(at))));
    const count = (views: SessionView[], state: SessionView['state']) =>
      views.filter((view) => view.state === state).length;
    const settled = await until(now, (views) => count(views, 'ready') === 6 && count(views, 'starting') === 0, longMs);
    expect(count(settled, 'queued')).toBe(readers - 6);
    const places = settled.flatMap(({ place }) => place ?? []).toSorted((a, b) => a - b);
    expect(places).toEqual(Array.from({ length: readers - 6 }, (_, at) => at + 1));
    expect(most).toBe(6);

    // A reader who leaves gives memory back, and the first in line takes it.
    const first = settled.findIndex(({ place }) => place === 1);
    const leaving = settled.findIndex(({ state }) => state === 'ready');
    await all[leaving]?.call('DELETE', pathOf(leaving));
    await until(
      () => all[first]?.call<SessionView>('GET', pathOf(first)),
      (view) => view?.state === 'ready',
      longMs,
    );
    expect(most).toBe(6);

    const ends = await Promise.all(all.map((reader, at) => reader.call<SessionView>('DELETE', pathOf(at))));
    expect(ends.filter(({ state }) => state !== 'ended')).toEqual([]);
    expect((await now()).filter(({ state }) => state !== 'ended')).toEqual([]);
    await until(
      () => engine.list(),
      (left) => left.length === 0,
    );
    expect(host.running).toEqual(new Set());
  },
);

test('without any free memory one reader may try; a start that fails says why, and nobody is forgotten', async () => {
  host.freeMiB = 0;
  const engine = createEchoEngine({ start: 'the machine could not be started: no memory is free' });
  const all = (await serveClass(engine)).slice(0, 10);
  const sessions = await Promise.all(
    all.map((reader) => reader.call<SessionView>('POST', '/api/sessions', { lab: 'class' })),
  );
  const views = await until(
    () => Promise.all(all.map((reader, at) => reader.call<SessionView>('GET', `/api/sessions/${sessions[at]?.id}`))),
    (found) => found.every(({ state }) => state === 'failed'),
  );
  for (const { reason, detail } of views) {
    expect(reason).toBe('start-failed');
    expect(detail).toContain('no memory is free');
  }
  expect(await engine.list()).toEqual([]);
});

test('a machine larger than the host: its lab has failed, with what was found, what was expected and the fix', async () => {
  const engine = createEchoEngine();
  // The real engine checks this before it builds anything (tests/machines/vm-faults.test.ts).
  vi.spyOn(engine, 'prepare').mockImplementation(async ({ lab, machines }) =>
    checkCapacity(lab, machines, { memoryMiB: 7_936, cpus: 2 }),
  );
  const { url } = await serve({
    engine,
    editLabs: (labsDir) => {
      writeLab(labsDir, 'giant', vmLabFile.replace('memory: 256', 'memory: 16384'));
      writeLab(labsDir, 'many-processors', vmLabFile.replace('memory: 256', 'memory: 256\n    cpus: 16'));
    },
  });
  const reader = new LabReader(url);
  const lab = (id: string) =>
    until(
      () => reader.call<LabView>('GET', `/api/labs/${id}`),
      ({ state }) => state !== 'preparing',
    );
  expect(await lab('giant')).toMatchObject({
    state: 'failed',
    detail: expect.stringMatching(
      /labs\/giant\/lab\.yaml: .*desktop 16384.*, but this host has 7936; lower their `memory`/,
    ) as string,
  });
  expect(await lab('many-processors')).toMatchObject({
    state: 'failed',
    detail: expect.stringMatching(
      /machine desktop asks for 16 processors, but this host has 2; lower its `cpus`/,
    ) as string,
  });
  // The other labs go on.
  expect(await lab('test-lab')).toMatchObject({ state: 'ready' });
  const session = await reader.call<SessionView>('POST', '/api/sessions', { lab: 'giant' });
  const view = await until(
    () => reader.call<SessionView>('GET', `/api/sessions/${session.id}`),
    ({ state }) => state === 'failed',
  );
  expect(view.detail).toContain('this host has 7936');
});
