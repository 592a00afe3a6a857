// Other spellings of the same request, which a hostile program may send: guards and limits hold for each of them.
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestLabServer, type TestLabServer } from '../support/test-lab-server.ts';

let server: TestLabServer;

beforeAll(async () => {
  server = await startTestLabServer();
});

afterAll(() => server?.[Symbol.asyncDispose]());

/** Sends a request as it is written: fetch and node:http would change its target. @returns the whole answer */
async function send(url: string, line: string, headers: Record<string, string> = {}): Promise<string> {
  const { host, hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const lines = Object.entries({ host, connection: 'close', ...headers }).map(([name, value]) => `${name}: ${value}`);
  socket.write([`${line} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
  return text(socket);
}

const statusOf = (answer: string) => Number(answer.split(' ', 2)[1]);

describe.each([['/api'], ['/%61pi'], ['/a%70i'], ['http://x/api'], ['http://x/%61pi']])('%s', (api) => {
  test('is data, never stored by anybody, in which nothing may run', async () => {
    const answer = await send(server.url, `GET ${api}/labs`);
    expect(statusOf(answer)).toBe(200);
    expect(answer).toContain('cache-control: no-store');
    expect(answer).toContain("content-security-policy: default-src 'none'");
  });

  test('is not for a page from elsewhere', async () => {
    const answer = await send(server.url, `GET ${api}/sessions`, { origin: 'https://evil.example' });
    expect(answer).toContain('LAB_ERR_ORIGIN');
    expect(answer).not.toContain('set-cookie');
  });

  test('counts for the limits of a reader’s address', async () => {
    await using small = await startTestLabServer({ flags: ['--requests-per-minute-per-address', '2'] });
    const statuses = [];
    for (let time = 0; time < 3; time++)
      statuses.push(
        statusOf(await send(small.url, `POST ${api}/reader`, { origin: small.url, 'content-length': '0' })),
      );
    expect(statuses).toEqual([200, 200, 429]);
  });

  test('counts for the limits of a reader', async () => {
    await using small = await startTestLabServer({ flags: ['--requests-per-minute', '2'] });
    const statuses = [];
    for (let time = 0; time < 3; time++) statuses.push(statusOf(await send(small.url, `GET ${api}/labs`)));
    expect(statuses).toEqual([200, 200, 429]);
  });

  test('counts as a start', async () => {
    await using small = await startTestLabServer({ flags: ['--starts-per-minute-per-address', '2'] });
    const body = { origin: small.url, 'content-type': 'application/json', 'content-length': '0' };
    const statuses = [];
    for (let time = 0; time < 3; time++) statuses.push(statusOf(await send(small.url, `POST ${api}/sessions`, body)));
    expect(statuses).toEqual([400, 400, 429]);
  });
});
