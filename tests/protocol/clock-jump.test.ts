// Clocks that are set, hosts that sleep, servers that were stopped: each is a pause for everybody, and pages are told how
// much time is left.
import { expect, test, vi } from 'vitest';
import type { SessionView } from '../../server/protocol/messages.ts';
import { PageTerminal } from '../support/page-terminal.ts';
import { until } from '../support/test-lab-server.ts';
import { openRawSocket, startSession, type RawSocket } from '../support/test-reader.ts';
import { serverPerTest } from './support/server-per-test.ts';

const serve = serverPerTest();
const hoursMs = 2 * 3_600_000;

const toldOf = ({ events }: RawSocket) => events.flatMap((event) => (event.type === 'session' ? [event.session] : []));

/** A reader who has typed something and still has the page open. */
async function workingReader(url: string) {
  const { reader, session } = await startSession(url);
  const terminal = new PageTerminal(1);
  terminal.use(await reader.openSocket(session));
  terminal.attach();
  await terminal.waitForText(/[$#] ?$/);
  terminal.type('true\r');
  const page = openRawSocket(url, session.id, { cookie: reader.cookie, origin: url });
  await until(
    () => page.events,
    (events) => events.some(({ type }) => type === 'hello'),
  );
  const view = () => reader.call<SessionView>('GET', `/api/sessions/${session.id}`);
  return { page, view, terminal };
}

test.each([
  ['on', hoursMs],
  ['back', -hoursMs],
])(
  'the host’s clock jumps two hours %s: nobody counts as idle, and the page is told the time that is left',
  async (_, ms) => {
    const { url } = await serve();
    const { page, view, terminal } = await workingReader(url);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
    // Reported by the round that checks time limits, which has seen the jump.
    const told = await until(
      () => toldOf(page).at(-1),
      (last) => last !== undefined,
    );
    expect(told).toMatchObject({ state: 'ready' });
    expect(told?.endsInMs).toBeGreaterThan(30_000);
    expect(told?.endsInMs).toBeLessThanOrEqual(60_000);
    expect((await view()).state).toBe('ready');
    terminal.disconnect();
    page.socket.close();
  },
);

test('a server that stood still for two hours: the same', async () => {
  const ahead = { ms: 0 };
  const { url } = await serve({ ahead });
  const { page, view, terminal } = await workingReader(url);
  ahead.ms += hoursMs;
  const told = await until(
    () => toldOf(page).at(-1),
    (last) => last !== undefined,
  );
  expect(told).toMatchObject({ state: 'ready' });
  expect((await view()).endsInMs).toBeGreaterThan(30_000);
  terminal.disconnect();
  page.socket.close();
});

test('a server that was away, and a clock that jumped meanwhile, take nothing off the total time', async () => {
  const ahead = { ms: 0 };
  const server = await serve({ ahead });
  const { reader, session } = await startSession(server.url);
  const left = async () => (await reader.call<SessionView>('GET', `/api/sessions/${session.id}`)).endsInMs;
  ahead.ms += 45_000;
  expect(await left()).toBeLessThan(16_000);
  await reader.call('POST', `/api/sessions/${session.id}/extend`, {});
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hoursMs });
  const url = await server.restart();
  const later = Object.assign(reader, { url });
  const view = await later.call<SessionView>('GET', `/api/sessions/${session.id}`);
  expect(view.state).toBe('ready');
  // Two minutes in total, of which 45 s are over: some seconds around a restart may be lost.
  ahead.ms += 50_000;
  const end = await later.call<SessionView>('GET', `/api/sessions/${session.id}`);
  expect(end.endsInMs).toBeLessThanOrEqual(35_000);
});
