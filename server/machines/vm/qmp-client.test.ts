// QMP over a real Unix socket whose other end behaves like QEMU.
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { QmpClient } from './qmp-client.ts';

const greeting = '{"QMP": {"version": {"qemu": {"micro": 13, "minor": 0, "major": 10}}, "capabilities": []}}\r\n';
let folder: string;
let path: string;
let server: Server;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'qmp-'));
  path = join(folder, 'desktop-qmp.sock');
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** @param answer what is sent for a command; undefined: nothing */
async function listen(answer: (command: string, id: number, socket: Socket) => string | undefined): Promise<void> {
  server = createServer((socket) => {
    socket.write(greeting);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const { execute, id } = JSON.parse(line) as { execute: string; id: number };
        const reply = execute === 'qmp_capabilities' ? `{"return": {}, "id": ${id}}\r\n` : answer(execute, id, socket);
        if (reply !== undefined) socket.write(reply);
      }
    });
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
}

test('greeting, capabilities, a command and its answer in two pieces', async () => {
  await listen((_command, id, socket) => {
    socket.write('{"return": {"status": "run');
    return `ning"}, "id": ${id}}\r\n`;
  });
  const client = await QmpClient.connect(path);
  expect(client.version).toBe('10.0.13');
  expect(await client.execute('query-status')).toEqual({ status: 'running' });
  client.close();
});

test('answers in another order reach those who asked; a refusal is an error with QEMU’s message', async () => {
  const held: number[] = [];
  await listen((command, id) => {
    if (command === 'first') {
      held.push(id);
      return undefined;
    }
    return `{"id": ${id}, "error": {"class": "CommandNotFound", "desc": "no such thing"}}\n{"id": ${held[0]}, "return": "late"}\n`;
  });
  const client = await QmpClient.connect(path);
  const first = client.execute('first');
  await expect(client.execute('second')).rejects.toMatchObject({
    message: 'no such thing',
    refusal: 'CommandNotFound',
  });
  expect(await first).toBe('late');
  client.close();
});

test('events reach listeners and callers who wait for one', async () => {
  await listen(
    (_command, id) =>
      `{"timestamp": {"seconds": 2, "microseconds": 5000}, "event": "STOP", "data": {"why": 1}}\n{"return": {}, "id": ${id}}\n`,
  );
  const client = await QmpClient.connect(path);
  const stopped = client.nextEvent(({ event }) => event === 'STOP', 5_000);
  await client.execute('stop');
  expect(await stopped).toEqual({ event: 'STOP', data: { why: 1 }, at: 2_005 });
  await expect(client.nextEvent(() => true, 1)).rejects.toThrow('did not report');
  client.close();
});

test('a command without an answer fails in time; when QEMU ends, every caller gets an error', async () => {
  await listen((command, _id, socket) => {
    if (command === 'quit') socket.destroy();
    return undefined;
  });
  const client = await QmpClient.connect(path);
  await expect(client.execute('sleep', {}, 20)).rejects.toThrow('did not answer sleep within 20 ms');
  const waiting = client.nextEvent(() => true, 5_000);
  const hanging = client.execute('hang');
  const quit = client.execute('quit');
  for (const each of [waiting, hanging, quit]) await expect(each).rejects.toThrow('closed');
  expect(client.isClosed).toBe(true);
  await expect(client.execute('query-status')).rejects.toThrow('closed');
});

test('a line without end closes the connection instead of filling the memory', async () => {
  await listen((_command, _id, socket) => {
    socket.write('"'.repeat(1_100_000));
    return undefined;
  });
  const client = await QmpClient.connect(path);
  await expect(client.execute('query-block')).rejects.toThrow('more than');
});

test('a link in place of the socket is not followed', async () => {
  await listen(() => undefined);
  const link = join(folder, 'link.sock');
  symlinkSync(path, link);
  await expect(QmpClient.connect(link)).rejects.toMatchObject({ code: 'ENOTSOCK' });
});

test('a monitor that only greets is left free for the next client', async () => {
  const closed = Promise.withResolvers<void>();
  server = createServer((socket) => {
    socket.write(greeting);
    socket.on('close', () => closed.resolve());
    socket.on('error', () => socket.destroy());
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  await expect(QmpClient.connect(path, 50)).rejects.toThrow('did not answer qmp_capabilities within 50 ms');
  await closed.promise;
});
