// Whatever comes back, a call ends with an answer or an ApiError, and with nothing else.
import { afterEach, expect, test, vi } from 'vitest';
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
  ['half a body that ended as if it were whole', () => new Response('{"id":', json), 'unreachable'],
  ['a page', () => new Response('<p>', { headers: { 'content-type': 'text/html' } }), 'not-a-lab-server'],
  ['a refusal', () => Response.json({ code: 'LAB_ERR_NO_LAB', message: 'x' }, { status: 404 }), 'LAB_ERR_NO_LAB'],
])('%s', async (_what, answer, code) => {
  vi.stubGlobal('fetch', async () => answer());
  await expect(getLab('build')).rejects.toMatchObject({ name: 'ApiError', code });
});
