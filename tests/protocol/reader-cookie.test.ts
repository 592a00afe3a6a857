// How a reader gets the cookie, and that nothing elsewhere can put another in its place: then the reader's labs would be gone.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SessionView } from '../../server/protocol/messages.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { startTestLabServer, type TestLabServer } from '../support/test-lab-server.ts';
import { startSession } from '../support/test-reader.ts';

let server: TestLabServer;

beforeAll(async () => {
  server = await startTestLabServer();
});

afterAll(() => server?.[Symbol.asyncDispose]());

const ask = (path: string, method = 'GET', headers: Record<string, string> = {}) =>
  fetch(server.url + path, { method, headers });

test('no link and no page elsewhere takes a reader’s labs away: an answer to a GET gives no cookie', async () => {
  const { reader, session } = await startSession(server.url);
  const paths = ['/', '/health', '/api/labs', '/api/labs/test-lab', '/api/sessions', `/api/sessions/${session.id}`];
  // As a browser follows a link from another site: without the cookie, which is SameSite=Strict, and without an Origin.
  for (const path of [...paths, '/api/reader', '/api/reader/cookie', `/api/sessions/${session.id}/socket`])
    for (const method of ['GET', 'HEAD'])
      expect([method, path, (await ask(path, method)).headers.get('set-cookie')]).toEqual([method, path, null]);
  expect(await reader.call<SessionView[]>('GET', '/api/sessions')).toMatchObject([{ id: session.id }]);
  await reader.call('DELETE', `/api/sessions/${session.id}`);
});

test('a page asks for the cookie, and from then on the server knows the reader', async () => {
  const answer = await ask('/api/reader/cookie', 'POST', { origin: server.url });
  expect(answer.status).toBe(204);
  expect(answer.headers.get('lab-reader')).toBe('new');
  const [given = ''] = answer.headers.getSetCookie();
  expect(given).toMatch(/^eu_os_labs_reader=.*HttpOnly.*SameSite=Strict/);
  const cookie = given.split(';', 1)[0] ?? '';
  expect((await ask('/api/sessions', 'GET', { cookie })).headers.get('lab-reader')).toBeNull();
});

test('whoever has a cookie keeps it: of pages opened at once, the second is the same reader', async () => {
  const { reader, session } = await startSession(server.url);
  const again = await ask('/api/reader/cookie', 'POST', { origin: server.url, cookie: reader.cookie });
  expect(again.status).toBe(204);
  expect(again.headers.get('set-cookie')).toBeNull();
  await reader.call('DELETE', `/api/sessions/${session.id}`);
});

test.each([['POST'], ['DELETE']])('a refused %s from elsewhere gives no cookie either', async (method) => {
  for (const path of ['/api/reader/cookie', '/api/reader', '/api/sessions', '/api/sessions/0123456789abcdef'])
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, {}] as Record<string, string>[]) {
      const answer = await ask(path, method, headers);
      expect(answer.status).toBe(403);
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
});

test('a reader who starts a lab without having asked gets the cookie with the start', async () => {
  const reader = new LabReader(server.url);
  const { id } = await reader.call<SessionView>('POST', '/api/sessions', { lab: 'test-lab' });
  expect(reader.cookie).toMatch(/^eu_os_labs_reader=/);
  await reader.call('DELETE', `/api/sessions/${id}`);
});
