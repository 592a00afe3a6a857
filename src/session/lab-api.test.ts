// Whatever comes back, a call ends with an answer or an ApiError.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { getLab } from './lab-api.ts';

const json = { headers: { 'content-type': 'application/json' } };
const cutShort = () => {
  const body = new ReadableStream({
    start: (controller) => {
      controller.enqueue(new TextEncoder().encode('{"id":'));
      controller.error(new TypeError('terminated'));
    },
  });
  return new Response(body, json);
};

afterEach(() => void vi.unstubAllGlobals());

test.each([
  ['no answer', () => Promise.reject(new TypeError('failed to fetch')), 'unreachable'],
  ['a body that is cut short', cutShort, 'unreachable'],
  ['half a body that ended as if it were complete', () => new Response('{"id":', json), 'unreachable'],
  ['a page', () => new Response('<p>', { headers: { 'content-type': 'text/html' } }), 'not-a-lab-server'],
  ['a refusal', () => Response.json({ code: 'LAB_ERR_NO_LAB', message: 'x' }, { status: 404 }), 'LAB_ERR_NO_LAB'],
])('%s', async (_what, answer, code) => {
  vi.stubGlobal('fetch', async () => answer());
  await expect(getLab('build')).rejects.toMatchObject({ name: 'ApiError', code });
});

describe('who the reader is', () => {
  /** The requests, with the token that they carried. */
  let asked: string[];
  /** How many times the server does not know the reader. */
  let strangers: number;

  beforeEach(() => {
    vi.resetModules();
    asked = [];
    vi.stubGlobal('fetch', async (path: string, { method, headers }: RequestInit) => {
      const token = new Headers(headers).get('lab-reader-token');
      asked.push(`${method} ${path}${token === null ? '' : ` as ${token}`}`);
      if (path === '/api/reader') return Response.json({ token: 'secret' });
      if (path === '/api/reader/cookie') return new Response(null, { status: 204 });
      return Response.json([], token === null && strangers-- > 0 ? { headers: { 'lab-reader': 'new' } } : {});
    });
  });

  const modules = async () => ({ api: await import('./lab-api.ts'), token: await import('./reader-token.ts') });

  test('the cookie of a known reader is enough: one request, no token', async () => {
    strangers = 0;
    const { api, token } = await modules();
    await api.getSessions();
    expect(asked).toEqual(['GET /api/sessions']);
    expect(token.socketProtocols('binary')).toEqual([]);
  });

  test('a new reader asks for a cookie; if the browser keeps it, the second answer knows the reader', async () => {
    strangers = 1;
    const { api, token } = await modules();
    await api.getSessions();
    expect(asked).toEqual(['GET /api/sessions', 'POST /api/reader/cookie', 'GET /api/sessions']);
    expect(token.isCookieless()).toBe(false);
  });

  test('a reader who stays unknown gets a token, which every call and socket carries from then on', async () => {
    strangers = 9;
    const { api, token } = await modules();
    await api.getSessions();
    await token.whenCookieless;
    await api.getSessions();
    await api.startSession('build');
    expect(asked).toEqual([
      'GET /api/sessions',
      'POST /api/reader/cookie',
      'GET /api/sessions',
      'POST /api/reader',
      'GET /api/sessions as secret',
      'POST /api/sessions as secret',
    ]);
    expect(token.socketProtocols('binary')).toEqual(['binary', 'eu-os-labs.reader.secret']);
  });

  test('the first token stays, because the page’s lab belongs to it', async () => {
    const { token } = await modules();
    token.useReaderToken('first');
    token.useReaderToken('second');
    expect(token.readerHeaders()).toEqual({ 'lab-reader-token': 'first' });
  });
});
