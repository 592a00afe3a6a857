// A page's socket gets what no page sends: wrong, oversized, out-of-order and too many messages. Each is reported; other pages go on.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeFrame } from '../../server/protocol/frames.ts';
import { maxInputFrameBytes, maxRequestBytes } from '../../server/protocol/limits.ts';
import type { SessionView } from '../../server/protocol/messages.ts';
import type { LabReader } from '../lessons/lab-reader.ts';
import { PageTerminal } from '../support/page-terminal.ts';
import { startTestLabServer, until, type TestLabServer } from '../support/test-lab-server.ts';
import { openRawSocket, startSession, type RawSocket } from '../support/test-reader.ts';

let server: TestLabServer;
let reader: LabReader;
let session: SessionView;
let bystander: PageTerminal;
let rounds = 0;

beforeAll(async () => {
  server = await startTestLabServer({ flags: ['--viewers-per-session', '3'] });
  ({ reader, session } = await startSession(server.url));
  bystander = new PageTerminal(1);
  bystander.use(await reader.openSocket(session));
  bystander.attach();
  await bystander.waitForText(/[$#] ?$/);
});

afterAll(async () => {
  bystander?.disconnect();
  await server?.[Symbol.asyncDispose]();
});

async function connect(): Promise<RawSocket> {
  const page = openRawSocket(server.url, session.id, { cookie: reader.cookie, origin: server.url });
  await until(
    () => page.events.length,
    (count) => count > 0,
  );
  return page;
}

/** The other page of the same session types and sees the answer. */
async function expectOthersGoOn(): Promise<void> {
  rounds += 1;
  expect(bystander.closed).toBeUndefined();
  bystander.type(`echo round-$((${rounds} * 1))\r`);
  await bystander.waitForText(new RegExp(`^round-${rounds}$`, 'm'));
}

test.each([
  ['text that is not JSON', 'hello?'],
  ['an unknown request', '{"type":"reboot"}'],
  ['a wrong field', '{"type":"resize","terminal":1,"columns":"wide","rows":24}'],
  ['an unknown field', '{"type":"ping","id":1,"extra":true}'],
  ['a text beyond the limit', 'x'.repeat(maxRequestBytes + 1)],
  ['a frame with a server’s opcode', new Uint8Array([0x01, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])],
  ['a frame without a terminal', new Uint8Array([0x11])],
  ['an acknowledgement cut short', new Uint8Array([0x12, 0, 1, 0, 0])],
  ['a frame beyond the limit', encodeFrame({ type: 'input', terminal: 1, bytes: new Uint8Array(maxInputFrameBytes) })],
])('%s closes the socket with 4400 and a reason', async (_, message) => {
  const page = await connect();
  page.socket.send(message);
  const { code, reason } = await page.closed;
  expect(code).toBe(4400);
  expect(reason.length).toBeGreaterThan(5);
  await expectOthersGoOn();
});

test('a message that no page could ever send is cut off before it is read', async () => {
  const page = await connect();
  page.socket.send('x'.repeat(8 * maxRequestBytes));
  expect([1006, 1009]).toContain((await page.closed).code);
  await expectOthersGoOn();
});

test('requests out of order are answered with an error and the socket stays', async () => {
  const page = await connect();
  // Terminals that are not attached or do not exist.
  page.socket.send(JSON.stringify({ type: 'resize', terminal: 9, columns: 80, rows: 24 }));
  page.socket.send(JSON.stringify({ type: 'detach', terminal: 1 }));
  page.socket.send(JSON.stringify({ type: 'ping', id: 7 }));
  await until(
    () => page.events,
    (events) => events.some((event) => event.type === 'pong' && event.id === 7),
  );
  expect(page.events).toContainEqual(
    expect.objectContaining({ type: 'error', code: 'LAB_ERR_NO_TERMINAL', terminal: 9 }),
  );
  page.socket.close();
  await page.closed;
  await expectOthersGoOn();
});

test('what a page sends before the greeting is not lost', async () => {
  const page = openRawSocket(server.url, session.id, { cookie: reader.cookie, origin: server.url });
  page.socket.once('open', () => page.socket.send(JSON.stringify({ type: 'ping', id: 1 })));
  await until(
    () => page.events,
    (events) => events.some(({ type }) => type === 'pong'),
  );
  expect(page.events[0]?.type).toBe('hello');
  page.socket.close();
  await page.closed;
});

test('more pages than allowed are refused, but may connect after another has left', async () => {
  const [one, two] = [await connect(), await connect()];
  const { code, reason } = await openRawSocket(server.url, session.id, {
    cookie: reader.cookie,
    origin: server.url,
  }).closed;
  expect(code).toBe(4429);
  expect(reason).toContain('3 pages');
  one.socket.close();
  await one.closed;
  const next = await connect();
  for (const page of [two, next]) page.socket.close();
  await expectOthersGoOn();
});

test('no session, no socket', async () => {
  const headers = { cookie: reader.cookie, origin: server.url };
  expect((await openRawSocket(server.url, '0123456789abcdef', headers).closed).code).toBe(4404);
  expect([4404, 400, 404]).toContain((await openRawSocket(server.url, '..%2f..', headers).closed).code);
});

test('the end of a session is reported before its socket is closed', async () => {
  const page = await connect();
  await reader.call('DELETE', `/api/sessions/${session.id}`);
  expect((await page.closed).code).toBe(4410);
  expect(page.events.at(-1)).toMatchObject({ type: 'session', session: { reason: 'by-reader' } });
});
