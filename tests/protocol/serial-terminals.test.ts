// Serial consoles through a real pty host: what may be at the socket's path, loss and return, sizes, back-pressure, keys.
import { rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { PageTerminal, pollUntil } from '../support/page-terminal.ts';
import { startTestTerminals, type TestTerminals } from '../support/test-terminals.ts';

let terminals: TestTerminals;
beforeAll(async () => {
  terminals = await startTestTerminals();
});
afterAll(() => terminals[Symbol.asyncDispose]());

/** Takes the place of QEMU: listens, keeps what it was sent, sends what the test wants. */
class Console {
  received = '';
  connections = 0;
  readonly sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async listen(path: string): Promise<Console> {
    const server = createServer();
    const made = new Console(server);
    server.on('connection', (socket) => {
      made.connections += 1;
      made.sockets.add(socket);
      socket.on('data', (data) => (made.received += data.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => made.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return made;
  }

  say(text: string): void {
    for (const socket of this.sockets) socket.write(text);
  }

  /** Like a QEMU that ends: the socket's file is removed, too. */
  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let session = '';
let path = '';
const consoles: Console[] = [];
let rounds = 0;

beforeEach(() => {
  session = `serial-${++rounds}`;
  path = join(terminals.stateDir, `${session}.sock`);
});

afterEach(async () => {
  await terminals.service.closeSession(session);
  for (const each of consoles.splice(0)) await each.close();
});

async function listen(at = path): Promise<Console> {
  const made = await Console.listen(at);
  consoles.push(made);
  return made;
}

const open = () =>
  terminals.service.open({ session, number: 1, machine: 'm', title: 't', serial: { socket: path, wake: '\r' } });

async function openPage(): Promise<PageTerminal> {
  const page = new PageTerminal(1);
  await page.connect(terminals.service, session);
  await pollUntil(
    () => page.snapshots > 0,
    () => 'a first screen',
  );
  return page;
}

const heard = (console: Console, text: string) =>
  pollUntil(
    () => console.received === text,
    () => `"${text}" at the console, found "${console.received}"`,
  );

test('is woken once, goes on after the machine’s side is lost, and never exits by itself', async () => {
  await open();
  expect(await terminals.service.list(session)).toMatchObject([{ kind: 'serial', state: 'running' }]);
  const page = await openPage();
  // Its console will be there in a moment: a reader who types at once loses nothing.
  page.type('early ');
  const first = await listen();
  await heard(first, '\rearly ');
  first.say('one\r\n');
  await page.waitForText(/^one$/m);
  page.type('k');
  await heard(first, '\rearly k');
  await consoles.pop()?.close();
  const second = await listen();
  await pollUntil(
    () => second.connections === 1,
    () => 'a second connection',
  );
  second.say('two\r\n');
  await page.waitForText(/^one\ntwo$/m);
  page.type('q');
  await heard(second, 'q');
  expect(await terminals.service.list(session)).toMatchObject([{ state: 'running' }]);
  await terminals.service.close(session, 1);
  await pollUntil(
    () => second.sockets.size === 0,
    () => 'hung up',
  );
});

test('a link in place of the socket is not followed', async () => {
  const target = join(terminals.stateDir, `${session}-elsewhere.sock`);
  const elsewhere = await listen(target);
  symlinkSync(target, path);
  await open();
  const page = await openPage();
  // Two more attempts take half a second; a third server shows when they are over.
  const started = Date.now();
  await pollUntil(
    () => Date.now() - started > 700,
    () => 'some attempts',
  );
  expect(elsewhere.connections).toBe(0);
  rmSync(path);
  const real = await listen();
  await heard(real, '\r');
  real.say('here');
  await page.waitForText(/here/);
  expect(elsewhere.connections).toBe(0);
});

test('the size is passed on once it has settled, not at every step', async () => {
  const sizes: string[] = [];
  const forget = terminals.service.onEvent((event) => {
    if (event.type === 'resize' && event.session === session) sizes.push(`${event.columns}x${event.rows}`);
  });
  await listen();
  await open();
  const page = await openPage();
  for (let columns = 81; columns <= 120; columns++) page.request({ type: 'resize', terminal: 1, columns, rows: 30 });
  await pollUntil(
    () => sizes.includes('120x30'),
    () => `120x30, found ${sizes.join(' ')}`,
  );
  expect(sizes.length).toBeLessThan(40);
  forget();
});

test('a page that does not read holds up the machine and loses nothing', async () => {
  const machine = await listen();
  await open();
  const page = await openPage();
  await heard(machine, '\r');
  page.acknowledges = false;
  let isHeldUp = false;
  let written = 0;
  const [socket] = machine.sockets;
  const line = Buffer.from(`${'x'.repeat(78)}\r\n`);
  const total = 25_000;
  const write = () => {
    while (written < total && !isHeldUp) {
      written += 1;
      isHeldUp = socket?.write(line) === false;
    }
  };
  socket?.on('drain', () => {
    isHeldUp = false;
    write();
  });
  write();
  await page.waitForOffset(100_000);
  await pollUntil(
    () => isHeldUp,
    () => 'held up',
  );
  expect(written).toBeLessThan(total);
  page.acknowledges = true;
  page.attach();
  await page.waitForOffset(total * line.length, 20_000);
});

test('keys that the machine does not read are limited, and the reader is told', async () => {
  const machine = await listen();
  await open();
  const page = await openPage();
  await heard(machine, '\r');
  for (const socket of machine.sockets) socket.pause();
  const refused = () => page.events.some((event) => event.type === 'error' && event.code === 'LAB_ERR_BUSY');
  for (let at = 0; at < 40 && !refused(); at++) page.type('k'.repeat(60_000));
  await pollUntil(refused, () => 'a refusal');
});

test('blocks of keys answer a question; a block ends at its text, even over a lost line', async () => {
  const machine = await listen();
  await open();
  const page = await openPage();
  await heard(machine, '\r');
  machine.say('Please enter passphrase for disk root: ');
  page.request({ type: 'run', terminal: 1, block: 'a#unlock', command: 'correct horse', keys: true, until: 'login:' });
  await heard(machine, '\rcorrect horse\r');
  await consoles.pop()?.close();
  const again = await listen();
  await pollUntil(
    () => again.connections === 1,
    () => 'connected again',
  );
  again.say('\x1b[2J\x1b[1;1Hdesktop lo');
  again.say('g\x1b[1min\x1b[0m: ');
  await pollUntil(
    () => page.blocks.get('a#unlock')?.state === 'done',
    () => JSON.stringify(page.blocks.get('a#unlock')),
  );
  expect(page.blocks.get('a#unlock')).toMatchObject({ exitStatus: 0 });
  page.request({ type: 'run', terminal: 1, block: 'a#never', command: 'x', keys: true, until: 'never' });
  page.request({ type: 'interrupt', terminal: 1 });
  await pollUntil(
    () => page.blocks.get('a#never')?.state === 'done',
    () => 'interrupted',
  );
  expect(page.blocks.get('a#never')).not.toHaveProperty('exitStatus');
});
