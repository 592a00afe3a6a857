// What the server and a machine's security key tell each other, tested with a socket that answers like the key.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SecurityKeyWatch } from './security-key-watch.ts';

let dir: string;
let path: string;
let key: Server | undefined;
let watch: SecurityKeyWatch;
let sockets: Socket[];
const onChange = vi.fn();

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'key-'));
  path = join(dir, 'desktop-key.sock');
  sockets = [];
  onChange.mockReset();
  watch = new SecurityKeyWatch({ machine: 'desktop', path, onChange });
});
afterEach(() => {
  watch.stop();
  endKey();
  rmSync(dir, { recursive: true });
});

/** @param answer the key's reply to a touch */
async function beginKey(first: object, answer?: object): Promise<void> {
  key = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write(`${JSON.stringify(first)}\n`);
    socket.on('data', (chunk: Buffer) => {
      expect(JSON.parse(chunk.toString())).toEqual({ touch: true });
      if (answer) socket.write(`{"pluggedIn":"first","wantsTouch":false}\n${JSON.stringify(answer)}\n`);
      else socket.destroy();
    });
  });
  await new Promise<void>((resolve) => key?.listen(path, resolve));
}

function endKey(): void {
  for (const socket of sockets) socket.destroy();
  key?.close();
  key = undefined;
}

const waiting = { pluggedIn: 'first', wantsTouch: true };
const quiet = { pluggedIn: null, wantsTouch: false };

test('a key that waits says so, and a touch reaches it', async () => {
  await beginKey(waiting, { touched: true });
  watch.start();
  await vi.waitFor(() => expect(watch.wantsTouch).toBe(true));
  expect(onChange).toHaveBeenCalledTimes(1);
  await watch.touch();
  expect(watch.wantsTouch).toBe(false);
  expect(onChange).toHaveBeenCalledTimes(2);
});

test('a key that waits for nothing is not touched', async () => {
  await beginKey(quiet);
  watch.start();
  await vi.waitFor(() => expect(sockets).toHaveLength(1));
  await expect(watch.touch()).rejects.toMatchObject({ code: 'LAB_ERR_BUSY' });
});

test('a touch that came too late is told as such', async () => {
  await beginKey(waiting, { touched: false });
  watch.start();
  await vi.waitFor(() => expect(watch.wantsTouch).toBe(true));
  await expect(watch.touch()).rejects.toMatchObject({ code: 'LAB_ERR_BUSY' });
});

test('a key that ends while it is touched is an error, and waits for nothing afterwards', async () => {
  await beginKey(waiting);
  watch.start();
  await vi.waitFor(() => expect(watch.wantsTouch).toBe(true));
  await expect(watch.touch()).rejects.toThrow('it has ended');
  await vi.waitFor(() => expect(watch.wantsTouch).toBe(false));
});

test('a key that comes later, or again, is found', async () => {
  watch.start();
  await beginKey(quiet);
  await vi.waitFor(() => expect(sockets).toHaveLength(1), { timeout: 5_000 });
  endKey();
  await beginKey(waiting);
  await vi.waitFor(() => expect(watch.wantsTouch).toBe(true), { timeout: 5_000 });
});

test('whatever answers there that is no key is left', async () => {
  await beginKey([1] as object);
  watch.start();
  await vi.waitFor(() => expect(sockets[0]?.destroyed).toBe(true), { timeout: 5_000 });
  expect(watch.wantsTouch).toBe(false);
});

test('whoever changes its mind all the time is heard a few times a second', async () => {
  const flips = `${JSON.stringify(waiting)}\n${JSON.stringify(quiet)}\n`.repeat(5_000);
  let isOpen = true;
  key = createServer((socket) => {
    sockets.push(socket);
    const flood = () => {
      if (isOpen) while (socket.write(flips));
    };
    socket.on('drain', flood).on('error', () => undefined);
    flood();
  });
  await new Promise<void>((resolve) => key?.listen(path, resolve));
  const beganAt = performance.now();
  watch.start();
  await vi.waitFor(() => expect(onChange).toHaveBeenCalled());
  await vi.waitFor(() => expect(performance.now() - beganAt).toBeGreaterThan(500));
  isOpen = false;
  // 20 a second, and two more for the ends of the measurement; without a pace it was thousands.
  expect(onChange.mock.calls.length).toBeLessThan(((performance.now() - beganAt) / 1_000) * 20 + 2);
});
