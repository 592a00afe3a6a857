import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectionLimits, limitConnections } from './connection-limits.ts';

let server: Server;
let clients: Socket[];
let notes: string[];

beforeEach(async () => {
  clients = [];
  notes = [];
  server = createServer((_request, response) => response.end('here'));
  limitConnections(server, { total: 3, perAddress: 2 }, (line) => notes.push(line));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  for (const client of clients) client.destroy();
  server.close();
});

/** Connects and asks for a page, without ending the connection. @returns whether there is an answer */
async function isServed(localAddress: string): Promise<boolean> {
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', localAddress });
  clients.push(client);
  client.on('error', () => undefined);
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  return new Promise((resolve) => {
    client.once('data', () => resolve(true));
    client.once('close', () => resolve(false));
  });
}

test('one address gets its share, the others the rest, and nobody more than there is', async () => {
  const asked = [];
  for (const address of ['127.0.0.2', '127.0.0.2', '127.0.0.2', '127.0.0.3', '127.0.0.4'])
    asked.push(await isServed(address));
  expect(asked).toEqual([true, true, false, true, false]);
  expect(notes).toEqual([expect.stringContaining('2 are open from one address, expected at most 2')]);
});

test('a connection that ends makes room', async () => {
  expect([await isServed('127.0.0.2'), await isServed('127.0.0.2'), await isServed('127.0.0.2')]).toEqual([
    true,
    true,
    false,
  ]);
  clients[0]?.destroy();
  await expect.poll(() => isServed('127.0.0.2')).toBe(true);
});

test.each([
  [1024, false, { total: 512, perAddress: 256 }],
  [1024, true, { total: 512, perAddress: 512 }],
  [1_048_576, false, { total: 10_000, perAddress: 5_000 }],
])('%i files, behind a proxy: %s', (files, isBehindProxy, limits) =>
  expect(connectionLimits(files, isBehindProxy)).toEqual(limits),
);
