// How pages and sessions handle a pty host that hangs, one that refuses, and what terminals send by themselves.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { closeCode } from '../../server/protocol/close-codes.ts';
import { LabError } from '../../server/errors.ts';
import type { SessionView } from '../../server/protocol/messages.ts';
import { hostLogPath } from '../../server/terminals/host-protocol/host-paths.ts';
import type { TerminalService } from '../../server/terminals/terminal-service.ts';
import { PageTerminal } from '../support/page-terminal.ts';
import { startTestLabServer, until } from '../support/test-lab-server.ts';
import { openRawSocket, startSession } from '../support/test-reader.ts';

const hostPid = (stateDir: string) => Number(/"pid":(\d+)/.exec(readFileSync(hostLogPath(stateDir), 'utf8'))?.[1]);

test('a host that hangs: pages are told, then get new terminals and are told about that, too', async () => {
  await using server = await startTestLabServer({ heartbeatMs: 100 });
  const { reader, session } = await startSession(server.url);
  const page = openRawSocket(server.url, session.id, { cookie: reader.cookie, origin: server.url });
  const views = () => page.events.flatMap((event) => (event.type === 'session' ? [event.session] : []));
  await until(
    () => page.events.length,
    (count) => count > 0,
  );
  process.kill(hostPid(server.stateDir), 'SIGSTOP');
  await until(views, (seen) => seen.some(({ terminalsSilent }) => terminalsSilent === true));
  expect((await page.closed).code).toBe(closeCode.internal);
  const replaced = await until(
    () => reader.call<SessionView>('GET', `/api/sessions/${session.id}`),
    ({ terminalsLostAt }) => terminalsLostAt !== undefined,
  );
  expect(replaced).not.toHaveProperty('terminalsSilent');
  expect(replaced.terminals.map(({ number, state }) => [number, state])).toEqual([[2, 'running']]);
  const again = new PageTerminal(2);
  again.use(await reader.openSocket(replaced));
  again.attach();
  await again.waitForText(/[$#] ?$/);
  again.type('echo $((6*7))\r');
  await again.waitForText(/^42$/m);
  again.disconnect();
}, 60_000);

test('a viewer that could not be connected completely is closed', async () => {
  const links: { isClosed: boolean }[] = [];
  let refuses = true;
  const around = (own: TerminalService): TerminalService =>
    new Proxy(own, {
      get(target, name) {
        if (name === 'blocks' && refuses) return () => Promise.reject(new LabError('LAB_ERR_PTY_HOST', 'not now'));
        if (name === 'connectViewer') {
          return async (session: string) => {
            const link = await target.connectViewer(session);
            const seen = { isClosed: false };
            links.push(seen);
            const { close } = link;
            link.close = () => {
              seen.isClosed = true;
              close.call(link);
            };
            return link;
          };
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  await using server = await startTestLabServer({ aroundTerminals: around });
  const { reader, session } = await startSession(server.url);
  const page = openRawSocket(server.url, session.id, { cookie: reader.cookie, origin: server.url });
  expect(await page.closed).toEqual({ code: closeCode.internal, reason: 'not now' });
  expect(links).toEqual([{ isClosed: true }]);
  refuses = false;
  const next = openRawSocket(server.url, session.id, { cookie: reader.cookie, origin: server.url });
  await until(
    () => next.events.length,
    (count) => count > 0,
  );
  expect(links.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  next.socket.close();
}, 60_000);

test('what a terminal sends by itself does not count as activity', async () => {
  let terminals: TerminalService | undefined;
  await using server = await startTestLabServer({ aroundTerminals: (own) => (terminals = own) });
  const { reader, session } = await startSession(server.url);
  const page = new PageTerminal(1);
  page.use(await reader.openSocket(session));
  page.attach();
  await page.waitForText(/[$#] ?$/);
  for (const answer of ['\x1b[I', '\x1b[O', '\x1b[1;1R', '\x1b[?1;2c', '\x1b]10;rgb:dbdb/e1e1/efef\x1b\\'])
    page.type(answer);
  // On the same connection, after them.
  page.request({ type: 'resize', terminal: 1, columns: 90, rows: 20 });
  await until(
    () => terminals?.list(session.id),
    (list) => list?.[0]?.columns === 90,
  );
  expect((await terminals?.idleTimes())?.get(session.id)).toBeUndefined();
  page.type('x');
  expect(
    await until(
      async () => (await terminals?.idleTimes())?.get(session.id),
      (at) => at !== undefined,
    ),
  ).toBeGreaterThan(0);
  page.disconnect();
}, 60_000);
