import { expect, test } from 'vitest';
import { guardRequest } from './origin-guard.ts';

const post = { method: 'POST', host: '127.0.0.1:4321', origin: 'http://127.0.0.1:4321', isUpgrade: false, isApi: true };

test('lets the site’s own pages through', () => {
  guardRequest(post, []);
  guardRequest({ ...post, isUpgrade: true, method: 'GET' }, []);
  guardRequest({ ...post, host: 'localhost:8080', origin: 'http://localhost:8080' }, []);
  guardRequest({ ...post, host: 'labs.example', origin: 'https://labs.example' }, ['labs.example']);
  guardRequest({ ...post, method: 'GET', host: '[::1]:4321', origin: undefined }, []);
});

test('a page or file may be fetched from anywhere: it is the same for everybody', () => {
  guardRequest({ ...post, method: 'GET', origin: 'https://elsewhere.example', isApi: false }, []);
});

test.each([
  ['a foreign page', { ...post, origin: 'https://evil.example' }],
  ['a foreign page that only reads', { ...post, method: 'GET', origin: 'https://evil.example' }],
  ['another port', { ...post, origin: 'http://127.0.0.1:9999' }],
  ['a sandboxed frame', { ...post, origin: 'null' }],
  ['no origin', { ...post, origin: undefined }],
  ['an upgrade without origin', { ...post, method: 'GET', isUpgrade: true, origin: undefined }],
  ['a rebound name', { ...post, host: 'evil.example', origin: 'http://evil.example' }],
  ['a rebound name on a GET', { ...post, method: 'GET', host: 'evil.example', origin: undefined }],
  ['no host', { ...post, host: undefined }],
  ['a file page', { ...post, origin: 'file://127.0.0.1:4321' }],
])('refuses %s', (_, request) => {
  expect(() => guardRequest(request, [])).toThrow(expect.objectContaining({ code: 'LAB_ERR_ORIGIN' }));
});
