// Graphical consoles over the WebSocket: bytes both ways, guards, limits, back-pressure, and every way of ending.
import { PassThrough, Duplex } from 'node:stream';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { SessionView } from '../../server/protocol/messages.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { createEchoEngine } from '../../server/machines/echo/echo-engine.ts';
import { startTestLabServer, until, vmLabFile, writeLab, type TestLabServer } from '../support/test-lab-server.ts';
import { startSession } from '../support/test-reader.ts';

const plainFile = vmLabFile.replace('screen: true', 'screen: false');
const engine = createEchoEngine();
/** The clock that time limits use. */
const ahead = { ms: 0 };
let server: TestLabServer;
let reader: LabReader;
let session: SessionView;

beforeAll(async () => {
  server = await startTestLabServer({
    ahead,
    engine,
    flags: ['--viewers-per-session', '2'],
    editLabs: (labsDir) => {
      writeLab(labsDir, 'vm-lab', vmLabFile);
      writeLab(labsDir, 'plain-lab', plainFile);
    },
  });
  ({ reader, session } = await startSession(server.url, 'vm-lab'));
});

afterAll(() => server?.[Symbol.asyncDispose]());

interface Viewer {
  socket: WebSocket;
  received: Buffer[];
  text(): string;
  /** Close code, or HTTP status when the upgrade was refused. */
  closed: Promise<number>;
}

function view(
  headers: Record<string, string> = { cookie: reader.cookie, origin: server.url },
  id = session.id,
  machine = 'desktop',
): Viewer {
  const url = `${server.url.replace(/^http/, 'ws')}/api/sessions/${id}/machines/${machine}/screen`;
  const socket = new WebSocket(url, ['binary'], { headers });
  const received: Buffer[] = [];
  socket.on('message', (data: Buffer) => received.push(data));
  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => resolve(code));
    socket.on('unexpected-response', (request, response) => {
      request.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', () => undefined);
  });
  return { socket, received, text: () => Buffer.concat(received).toString('latin1'), closed };
}

async function greeted(viewer: Viewer): Promise<Viewer> {
  await until(viewer.text, (text) => text.startsWith('RFB 003.008\n'));
  return viewer;
}

async function leave({ socket, closed }: Viewer): Promise<void> {
  socket.close();
  await closed;
}

test('carries bytes both ways unchanged, under the subprotocol that VNC clients request', async () => {
  const viewer = await greeted(view());
  expect(viewer.socket.protocol).toBe('binary');
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
  viewer.socket.send(bytes);
  await until(viewer.text, (text) => text === `RFB 003.008\n${bytes.toString('latin1')}`);
  await leave(viewer);
});

test('is open only to its reader, only from the site’s pages, only for a machine that has one', async () => {
  const other = new LabReader(server.url);
  await other.call('POST', '/api/reader/cookie', {});
  expect(await view({ cookie: other.cookie, origin: server.url }).closed).toBe(4403);
  expect(await view({ origin: server.url }).closed).toBe(4403);
  expect(await view({ cookie: reader.cookie, origin: 'https://evil.example' }).closed).toBe(403);
  expect(await view({ cookie: reader.cookie }).closed).toBe(403);
  expect(await view(undefined, session.id, 'box').closed).toBe(4400);
  expect(await view(undefined, '0123456789abcdef').closed).toBe(4404);
  const plain = await startSession(server.url, 'plain-lab');
  const headers = { cookie: plain.reader.cookie, origin: server.url };
  expect(await view(headers, plain.session.id).closed).toBe(4400);
});

test('only so many at once; a viewer that leaves makes room', async () => {
  const [one, two] = [await greeted(view()), await greeted(view())];
  expect(await view().closed).toBe(4429);
  await leave(one);
  await until(
    async () => {
      const next = view();
      const isIn = await Promise.race([greeted(next).then(() => true), next.closed.then(() => false)]);
      if (isIn) await leave(next);
      return isIn;
    },
    (isIn) => isIn,
  );
  await leave(two);
});

test('a text message, or one that no client sends, ends it with a reason', async () => {
  const viewer = await greeted(view());
  viewer.socket.send('hello');
  expect(await viewer.closed).toBe(4400);
  const big = await greeted(view());
  big.socket.send(Buffer.alloc(1024 * 1024));
  expect([1006, 1009]).toContain(await big.closed);
});

test('a screen that goes away closes the socket, to be connected again', async () => {
  const viewer = await greeted(view());
  viewer.socket.send(Buffer.from('hang up'));
  expect(await viewer.closed).toBe(1001);
  await leave(await greeted(view()));
});

test('a page that does not read holds up the machine; everything arrives when it reads again', async () => {
  const screen = new PassThrough();
  vi.spyOn(engine, 'openScreen').mockResolvedValueOnce(screen);
  const viewer = view();
  await until(
    () => viewer.socket.readyState,
    (state) => state === viewer.socket.OPEN,
  );
  viewer.socket.pause();
  const piece = Buffer.alloc(256 * 1024, 'x');
  let sent = 0;
  // Kernel and page buffer some megabytes; without a limit, the server's buffer would grow for ever.
  while (sent < 64 * 1024 * 1024) {
    sent += piece.length;
    if (screen.write(piece)) continue;
    const isDrained = await Promise.race([
      new Promise<boolean>((resolve) => screen.once('drain', () => resolve(true))),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 1_000)),
    ]);
    if (!isDrained) break;
  }
  expect(sent).toBeLessThan(64 * 1024 * 1024);
  viewer.socket.resume();
  await until(
    () => viewer.received.reduce((sum, { length }) => sum + length, 0),
    (bytes) => bytes === sent,
  );
  await leave(viewer);
  await until(
    () => screen.destroyed,
    (isGone) => isGone,
  );
});

test('a machine that does not read holds up the page', async () => {
  let taken = 0;
  const reads = Promise.withResolvers<void>();
  const screen = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      taken += chunk.length;
      void reads.promise.then(() => done());
    },
  });
  vi.spyOn(engine, 'openScreen').mockResolvedValueOnce(screen);
  const viewer = view();
  await until(
    () => viewer.socket.readyState,
    (state) => state === viewer.socket.OPEN,
  );
  const piece = Buffer.alloc(64 * 1024);
  for (let at = 0; at < 400; at++) viewer.socket.send(piece);
  // 25 MiB are more than the kernel's buffers hold.
  await until(
    () => taken,
    (bytes) => bytes > 0,
  );
  expect(screen.writableLength).toBeLessThan(4 * 1024 * 1024);
  expect(viewer.socket.bufferedAmount).toBeGreaterThan(0);
  reads.resolve();
  await until(
    () => taken,
    (bytes) => bytes === 400 * piece.length,
  );
  await leave(viewer);
});

test('keys on the screen keep the session alive; requests for pictures do not', async () => {
  const { session: own, reader: who } = await startSession(server.url, 'vm-lab');
  const viewer = await greeted(view({ cookie: who.cookie, origin: server.url }, own.id));
  const left = async () => (await who.call<SessionView>('GET', `/api/sessions/${own.id}`)).endsInMs;
  ahead.ms += 20_000;
  viewer.socket.send(Buffer.from([3, 1, 0, 0, 0, 0, 0, 9, 0, 9]));
  await until(viewer.text, (text) => text.length === 22);
  expect(await left()).toBeLessThan(41_000);
  viewer.socket.send(Buffer.from([4, 1, 0, 0, 0, 0, 0, 0x61]));
  await until(left, (leftMs) => leftMs > 41_000);
  await leave(viewer);
});

test('the end of the session ends its screens, and says so', async () => {
  const viewer = await greeted(view());
  await reader.call('DELETE', `/api/sessions/${session.id}`);
  expect(await viewer.closed).toBe(4410);
  expect(await view().closed).toBe(4410);
});
