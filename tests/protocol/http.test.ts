// The HTTP API under attack by a malicious program: hosts, origins, other readers' sessions, wrong shapes, limits.
import { createServer } from 'node:net';
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ErrorBody, LabView, SessionView } from '../../server/protocol/messages.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { startTestLabServer, writeLab, type TestLabServer } from '../support/test-lab-server.ts';
import { openRawSocket, startSession } from '../support/test-reader.ts';

let server: TestLabServer;

beforeAll(async () => {
  server = await startTestLabServer();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

/** Like fetch, but with any Host header. */
function send(path: string, method: string, headers: Record<string, string>, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(`${server.url}${path}`, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    call.on('error', reject).end(body);
  });
}

const post = (headers: Record<string, string>, body: object | string = { lab: 'test-lab' }) =>
  send(
    '/api/sessions',
    'POST',
    { 'content-type': 'application/json', ...headers },
    typeof body === 'string' ? body : JSON.stringify(body),
  );

const codeOf = (answer: Answer) => (JSON.parse(answer.body) as ErrorBody).code;

test('refuses another Host, also for pages', async () => {
  for (const path of ['/', '/health', '/api/labs']) {
    const answer = await send(path, 'GET', { host: 'evil.example' });
    expect(answer.status).toBe(403);
    expect(codeOf(answer)).toBe('LAB_ERR_ORIGIN');
    expect(answer.body).toContain('evil.example');
  }
});

test('refuses a foreign or missing Origin for every change and for upgrades', async () => {
  expect(codeOf(await post({ origin: 'https://evil.example' }))).toBe('LAB_ERR_ORIGIN');
  expect(codeOf(await post({}))).toBe('LAB_ERR_ORIGIN');
  expect(codeOf(await post({ origin: 'null' }))).toBe('LAB_ERR_ORIGIN');
  const { reader, session } = await startSession(server.url);
  const { closed } = openRawSocket(server.url, session.id, { cookie: reader.cookie, origin: 'https://evil.example' });
  expect((await closed).code).toBe(403);
  await reader.call('DELETE', `/api/sessions/${session.id}`);
});

test('keeps readers apart: every route of a session, and its socket', async () => {
  const { reader, session } = await startSession(server.url);
  const other = new LabReader(server.url);
  const path = `/api/sessions/${session.id}`;
  await expect(other.call('GET', path)).rejects.toThrow('LAB_ERR_FORBIDDEN');
  await expect(other.call('DELETE', path)).rejects.toThrow('LAB_ERR_FORBIDDEN');
  await expect(other.call('POST', `${path}/extend`, {})).rejects.toThrow('LAB_ERR_FORBIDDEN');
  await expect(other.call('POST', `${path}/reset`, {})).rejects.toThrow('LAB_ERR_FORBIDDEN');
  await expect(other.call('POST', `${path}/terminals`, { machine: 'box' })).rejects.toThrow('LAB_ERR_FORBIDDEN');
  await expect(other.call('DELETE', `${path}/terminals/1`)).rejects.toThrow('LAB_ERR_FORBIDDEN');
  await expect(other.call('POST', `${path}/checks/passes`, {})).rejects.toThrow('LAB_ERR_FORBIDDEN');
  const headers = { cookie: other.cookie, origin: server.url };
  expect((await openRawSocket(server.url, session.id, headers).closed).code).toBe(4403);
  expect((await openRawSocket(server.url, session.id, { origin: server.url }).closed).code).toBe(4403);
  expect(await other.call('GET', '/api/sessions')).toEqual([]);
  expect((await reader.call<SessionView>('GET', path)).state).toBe('ready');
  await reader.call('DELETE', path);
});

test('a cookie that was not signed here identifies no reader', async () => {
  const { reader, session } = await startSession(server.url);
  const [name = '', value = ''] = reader.cookie.split('=');
  const forged = `${name}=${value.slice(0, -4)}AAAA`;
  const answer = await send(`/api/sessions/${session.id}`, 'GET', { cookie: forged });
  expect(codeOf(answer)).toBe('LAB_ERR_FORBIDDEN');
  await reader.call('DELETE', `/api/sessions/${session.id}`);
});

test.each([
  ['no lab', {}],
  ['a wrong type', { lab: 7 }],
  ['an unknown key', { lab: 'test-lab', seats: 9 }],
  ['a path', { lab: '../../etc' }],
  ['broken JSON', '{'],
])('refuses a body with %s', async (_, body) => {
  const answer = await post({ origin: server.url }, body);
  expect(answer.status).toBe(400);
  expect(codeOf(answer)).toBe('LAB_ERR_BAD_REQUEST');
});

test('names what does not exist', async () => {
  const reader = new LabReader(server.url);
  await expect(reader.call('POST', '/api/sessions', { lab: 'no-such' })).rejects.toThrow(/LAB_ERR_NO_LAB.*test-lab/);
  await expect(reader.call('GET', '/api/labs/no-such')).rejects.toThrow('LAB_ERR_NO_LAB');
  await expect(reader.call('GET', '/api/sessions/0123456789abcdef')).rejects.toThrow('LAB_ERR_NO_SESSION');
  const unknown = await send('/api/unknown', 'GET', {});
  expect(unknown.status).toBe(404);
  expect(JSON.parse(unknown.body)).toHaveProperty('code');
});

test('sends the same headers with everything', async () => {
  for (const path of ['/health', '/api/labs', '/no-such-page']) {
    const { headers } = await send(path, 'GET', {});
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('same-origin');
  }
  expect((await send('/api/labs', 'GET', {})).headers['content-security-policy']).toContain("default-src 'none'");
});

test('gives the reader a cookie that scripts and other sites cannot use', async () => {
  const answer = await post({ origin: server.url });
  const [cookie = ''] = answer.headers['set-cookie'] as string[];
  expect(cookie).toMatch(/HttpOnly/);
  expect(cookie).toMatch(/SameSite=Strict/);
});

test('limits how often sessions may be started, and says so', async () => {
  const small = await startTestLabServer({ flags: ['--starts-per-minute', '2'] });
  try {
    const reader = new LabReader(small.url);
    // The first answer brings the cookie; from then on limits count per reader.
    await reader.call('POST', '/api/reader/cookie', {});
    await reader.call('POST', '/api/sessions', { lab: 'test-lab' });
    await reader.call('POST', '/api/sessions', { lab: 'test-lab' });
    await expect(reader.call('POST', '/api/sessions', { lab: 'test-lab' })).rejects.toThrow(/429 LAB_ERR_TOO_MANY/);
  } finally {
    await small[Symbol.asyncDispose]();
  }
});

test('serves the site and says why when no sandbox can be started', async () => {
  const bare = await startTestLabServer({
    faults: { missing: 'podman is not installed; install it: apt-get install podman' },
  });
  try {
    const reader = new LabReader(bare.url);
    const lab = await reader.call<LabView>('GET', '/api/labs/test-lab');
    expect(lab).toMatchObject({ state: 'no-engine', detail: expect.stringContaining('apt-get install podman') });
    await expect(reader.call('POST', '/api/sessions', { lab: 'test-lab' })).rejects.toThrow(/503 LAB_ERR_NO_ENGINE/);
    expect((await fetch(`${bare.url}/health`)).status).toBe(200);
    expect((await fetch(bare.url)).headers.get('content-type')).toContain('text/');
  } finally {
    await bare[Symbol.asyncDispose]();
  }
});

test('a mistake in a lab file is reported with its place, and the other labs go on', async () => {
  const mixed = await startTestLabServer({
    editLabs: (labsDir) => {
      writeLab(labsDir, 'broken');
      writeFileSync(join(labsDir, 'broken/lab.yaml'), 'title: Broken\ncolour: red\n');
    },
  });
  try {
    const reader = new LabReader(mixed.url);
    const lab = await reader.call<LabView>('GET', '/api/labs/broken');
    expect(lab.state).toBe('failed');
    expect(lab.detail).toMatch(/broken\/lab\.yaml:2:1: unknown key `colour`/);
    await expect(reader.call('POST', '/api/sessions', { lab: 'broken' })).rejects.toThrow('LAB_ERR_LAB_FILE');
    const { session } = await startSession(mixed.url);
    expect(session.state).toBe('ready');
  } finally {
    await mixed[Symbol.asyncDispose]();
  }
});

test('a port in use is named, with the fix', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  await expect(startTestLabServer({ flags: ['--port', String(port)] })).rejects.toThrow(
    new RegExp(`port ${port} .*in use.*--port`),
  );
  taken.close();
});

test('legal notice and source lead to what the operator named, and only there', async () => {
  const named = await startTestLabServer({
    flags: ['--legal-notice', 'https://city.example/imprint', '--source-code', 'https://code.example/labs'],
  });
  try {
    const to = async (path: string) => {
      const { status, headers } = await fetch(`${named.url}${path}`, { redirect: 'manual' });
      return [status, headers.get('location')];
    };
    expect(await to('/project/legal-notice/')).toEqual([302, 'https://city.example/imprint']);
    expect(await to('/project/source')).toEqual([302, 'https://code.example/labs']);
  } finally {
    await named[Symbol.asyncDispose]();
  }
  // Without the setting the site would answer; this server has no site, so nothing does.
  expect((await send('/project/legal-notice/', 'GET', {})).status).toBe(404);
});
