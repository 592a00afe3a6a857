// Upgrades of what is no socket: refused before anything is opened, and the connection ends.
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestLabServer, type TestLabServer } from '../support/test-lab-server.ts';

let server: TestLabServer;

beforeAll(async () => {
  server = await startTestLabServer();
});

afterAll(() => server?.[Symbol.asyncDispose]());

/** @returns the status of the answer, and whether the server ended the connection after it */
function upgrade(path: string, method = 'GET', protocol = 'websocket'): Promise<[status: number, isClosed: boolean]> {
  const headers = {
    origin: server.url,
    connection: 'Upgrade',
    upgrade: protocol,
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  return new Promise((resolve, reject) => {
    const call = request(server.url + path, { method, headers, timeout: 5_000 });
    call.on('upgrade', (_response, socket) => {
      socket.destroy();
      resolve([101, false]);
    });
    call.on('response', (response) => {
      response.resume();
      response.socket.on('close', () => resolve([response.statusCode ?? 0, true]));
    });
    call.on('timeout', () => call.destroy(new Error('no answer, or no end of the connection')));
    call.on('error', reject);
    call.end();
  });
}

test.each(['/', '/health', '/no-such-page', '/api/labs', '/api/sessions', '/api/unknown', '/%61pi/labs'])(
  '%s is no socket',
  async (path) => expect(await upgrade(path)).toEqual([400, true]),
);

test('neither another protocol nor another method opens one', async () => {
  expect(await upgrade('/', 'GET', 'h2c')).toEqual([400, true]);
  expect(await upgrade('/api/sessions', 'POST')).toEqual([400, true]);
});

test('a lab’s socket and screen are opened, and closed with the reason', async () => {
  expect(await upgrade('/api/sessions/0123456789abcdef/socket')).toEqual([101, false]);
  expect(await upgrade('/api/sessions/0123456789abcdef/machines/box/screen')).toEqual([101, false]);
});
