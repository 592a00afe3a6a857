// A reader whose browser keeps no cookie: the whole life of a lab with a token, and what a token is not good for.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { encodeFrame } from '../../server/protocol/frames.ts';
import type { BlockRun, ErrorBody, ServerEvent, SessionView } from '../../server/protocol/messages.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { startTestLabServer, until, vmLabFile, writeLab, type TestLabServer } from '../support/test-lab-server.ts';

let server: TestLabServer;

beforeAll(async () => {
  server = await startTestLabServer({ editLabs: (labsDir) => writeLab(labsDir, 'vm-lab', vmLabFile) });
});

afterAll(() => server?.[Symbol.asyncDispose]());

/** Never sends a cookie, whatever it was given. */
async function call(path: string, { token, method = 'GET', body, origin }: Call = {}): Promise<Response> {
  const headers = {
    ...(method === 'GET' ? {} : { origin: server.url }),
    ...(origin === undefined ? {} : { origin }),
    ...(token === undefined ? {} : { 'lab-reader-token': token }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  return fetch(server.url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

interface Call {
  token?: string;
  method?: string;
  body?: object;
  origin?: string;
}

async function newToken(): Promise<string> {
  const response = await call('/api/reader', { method: 'POST', body: {} });
  expect(response.headers.get('set-cookie')).toBeNull();
  return ((await response.json()) as { token: string }).token;
}

const codeOf = async (response: Response) => ((await response.json()) as ErrorBody).code;

async function startLab(token: string, lab = 'test-lab'): Promise<SessionView> {
  const started = await call('/api/sessions', { token, method: 'POST', body: { lab } });
  expect(started.status).toBe(201);
  const { id } = (await started.json()) as SessionView;
  return until(
    async () => (await (await call(`/api/sessions/${id}`, { token })).json()) as SessionView,
    ({ state }) => state === 'ready',
  );
}

/** As a browser opens it: of the headers, only the subprotocols are the page's to choose. */
function open(path: string, protocols: string[], origin = server.url) {
  const socket = new WebSocket(server.url.replace(/^http/, 'ws') + path, protocols, { headers: { origin } });
  const events: ServerEvent[] = [];
  let output = '';
  let answer: Record<string, unknown> = {};
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) output += data.toString('latin1');
    else events.push(JSON.parse(data.toString()) as ServerEvent);
  });
  socket.on('upgrade', ({ headers }) => (answer = headers));
  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => resolve(code));
    socket.on('unexpected-response', (request, response) => {
      request.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', () => undefined);
  });
  return { socket, events, output: () => output, answer: () => answer, closed };
}

const own = (token: string) => ['eu-os-labs', `eu-os-labs.reader.${token}`];

test('start, attach, type, run, end: all of it without a cookie, and no answer gives one', async () => {
  const token = await newToken();
  const { id } = await startLab(token);
  const page = open(`/api/sessions/${id}/socket`, own(token));
  await until(
    () => page.events,
    (events) => events.some(({ type }) => type === 'hello'),
  );
  expect(page.socket.protocol).toBe('eu-os-labs');
  expect(JSON.stringify(page.answer())).not.toContain(token);
  page.socket.send(JSON.stringify({ type: 'attach', terminal: 1, columns: 80, rows: 24 }));
  page.socket.send(encodeFrame({ type: 'input', terminal: 1, bytes: Buffer.from('echo typed-$((1))\r') }));
  await until(page.output, (text) => text.includes('typed-1'));
  page.socket.send(JSON.stringify({ type: 'run', terminal: 1, block: 'a#b', command: 'echo ran-$((2))' }));
  const runs = () => page.events.flatMap((event): BlockRun[] => (event.type === 'block' ? [event.run] : []));
  await until(runs, (found) => found.some(({ state }) => state === 'done'));
  expect(page.output()).toContain('ran-2');
  const check = await call(`/api/sessions/${id}/checks/passes`, { token, method: 'POST', body: {} });
  expect(await check.json()).toMatchObject({ outcome: 'passed' });
  expect(check.headers.get('set-cookie')).toBeNull();
  const ended = await call(`/api/sessions/${id}`, { token, method: 'DELETE' });
  expect(await ended.json()).toMatchObject({ state: 'ended', reason: 'by-reader' });
  expect(await page.closed).toBe(4410);
});

test('a virtual machine’s screen takes the token too, beside the protocol that VNC clients ask for', async () => {
  const token = await newToken();
  const { id } = await startLab(token, 'vm-lab');
  const path = `/api/sessions/${id}/machines/desktop/screen`;
  const screen = open(path, ['binary', `eu-os-labs.reader.${token}`]);
  await until(screen.output, (text) => text.startsWith('RFB'));
  expect(screen.socket.protocol).toBe('binary');
  screen.socket.close();
  expect(await open(path, ['binary']).closed).toBe(4403);
  await call(`/api/sessions/${id}`, { token, method: 'DELETE' });
});

test('it is its reader’s alone: another token, a forged one, none', async () => {
  const token = await newToken();
  const { id } = await startLab(token);
  const path = `/api/sessions/${id}`;
  const forged = `${token.slice(0, -1)}${token.endsWith('A') ? 'E' : 'A'}`;
  for (const other of [await newToken(), forged, 'x', '', `${token}x`]) {
    expect(await codeOf(await call(path, { token: other }))).toBe('LAB_ERR_FORBIDDEN');
    expect(await codeOf(await call(path, { token: other, method: 'DELETE' }))).toBe('LAB_ERR_FORBIDDEN');
    if (other !== '') expect(await open(`${path}/socket`, own(other)).closed).toBe(4403);
  }
  expect(await open(`${path}/socket`, []).closed).toBe(4403);
  expect(await codeOf(await call(path))).toBe('LAB_ERR_FORBIDDEN');
  expect((await call(path, { token })).status).toBe(200);
  await call(path, { token, method: 'DELETE' });
});

test('a token that is not ours makes no new reader: its page hears that it must be loaded again', async () => {
  const answer = await call('/api/sessions', { token: 'x' });
  expect(answer.status).toBe(403);
  expect(answer.headers.get('set-cookie')).toBeNull();
  expect(((await answer.json()) as ErrorBody).message).toContain('load the page again');
});

test('in an address it is worth nothing', async () => {
  const token = await newToken();
  const { id } = await startLab(token);
  for (const name of ['token', 'lab-reader-token', 'reader', 'eu_os_labs_reader']) {
    expect(await codeOf(await call(`/api/sessions/${id}?${name}=${token}`))).toBe('LAB_ERR_FORBIDDEN');
    const path = `/api/sessions/${id}/socket?${name}=${token}`;
    expect(await open(path, ['eu-os-labs']).closed).toBe(4403);
  }
  await call(`/api/sessions/${id}`, { token, method: 'DELETE' });
});

test('a page from elsewhere gets no token, and one that has a token cannot use it', async () => {
  const origin = 'https://evil.example';
  expect(await codeOf(await call('/api/reader', { method: 'POST', body: {}, origin }))).toBe('LAB_ERR_ORIGIN');
  const token = await newToken();
  const { id } = await startLab(token);
  const path = `/api/sessions/${id}`;
  for (const method of ['GET', 'DELETE'])
    expect(await codeOf(await call(path, { token, method, origin }))).toBe('LAB_ERR_ORIGIN');
  expect(await open(`${path}/socket`, own(token), origin).closed).toBe(403);
  // What a browser asks before it sends a header of ours for another site.
  const asked = await fetch(server.url + path, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'lab-reader-token',
    },
  });
  expect(asked.ok).toBe(false);
  for (const { headers } of [asked, await call(path, { token }), await call('/api/labs', { origin })])
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  await call(path, { token, method: 'DELETE' });
});

test('a reader with a cookie gets no token of the same reader: no script learns what the cookie holds', async () => {
  const reader = new LabReader(server.url);
  const session = await reader.call<SessionView>('POST', '/api/sessions', { lab: 'test-lab' });
  const { token } = await reader.call<{ token: string }>('POST', '/api/reader', {});
  expect(decodeURIComponent(reader.cookie)).not.toContain(token.split('.')[0]);
  expect(await codeOf(await call(`/api/sessions/${session.id}`, { token }))).toBe('LAB_ERR_FORBIDDEN');
  await reader.call('DELETE', `/api/sessions/${session.id}`);
});

test('the answer says whether the reader is new, so that a page sees whether its cookie comes back', async () => {
  expect((await call('/api/sessions')).headers.get('lab-reader')).toBe('new');
  expect((await call('/api/sessions', { token: await newToken() })).headers.get('lab-reader')).toBeNull();
  const reader = new LabReader(server.url);
  await reader.call('POST', '/api/reader/cookie', {});
  const known = await fetch(`${server.url}/api/sessions`, { headers: { cookie: reader.cookie } });
  expect(known.headers.get('lab-reader')).toBeNull();
});

test('limits hold for tokens as for cookies: per reader, and over all readers of an address', async () => {
  await using small = await startTestLabServer({
    flags: ['--sessions-per-reader', '1', '--sessions-per-address', '2', '--starts-per-minute', '3'],
    editLabs: (labsDir) => writeLab(labsDir, 'other-lab'),
  });
  const start = async (token: string, lab = 'test-lab') => {
    const headers = { origin: small.url, 'content-type': 'application/json', 'lab-reader-token': token };
    return fetch(`${small.url}/api/sessions`, { method: 'POST', headers, body: JSON.stringify({ lab }) });
  };
  const give = async () => {
    const response = await fetch(`${small.url}/api/reader`, { method: 'POST', headers: { origin: small.url } });
    return ((await response.json()) as { token: string }).token;
  };
  const [one, two, three] = [await give(), await give(), await give()];
  expect((await start(one)).status).toBe(201);
  expect(await (await start(one, 'other-lab')).text()).toContain('you have 1 labs running');
  expect((await start(one)).status).toBe(200);
  expect(await (await start(one)).text()).toContain('Rate limit exceeded');
  expect((await start(two)).status).toBe(201);
  expect(await (await start(three)).text()).toContain('2 labs are running or waiting for your address');
});

test('it is good after a restart of the server, as a cookie is', async () => {
  await using again = await startTestLabServer();
  const give = await fetch(`${again.url}/api/reader`, { method: 'POST', headers: { origin: again.url } });
  const { token } = (await give.json()) as { token: string };
  const headers = { 'lab-reader-token': token };
  const body = JSON.stringify({ lab: 'test-lab' });
  const json = { origin: again.url, 'content-type': 'application/json' };
  await fetch(`${again.url}/api/sessions`, { method: 'POST', headers: { ...headers, ...json }, body });
  const url = await again.restart();
  const found = (await (await fetch(`${url}/api/sessions`, { headers })).json()) as SessionView[];
  expect(found).toHaveLength(1);
});
