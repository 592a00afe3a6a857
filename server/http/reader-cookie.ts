// The reader's cookie: a random id, signed. No account, no name, nothing that leaves this server.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyCookie from '@fastify/cookie';
import { createWhole, writeWhole } from '../whole-file.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const cookieName = 'eu_os_labs_reader';
/** A month: enough for a course of several weeks, and nothing is kept for longer. */
const maxAgeSeconds = 30 * 24 * 3600;
const secretPattern = /^[0-9a-f]{64}$/;
const readerPattern = /^[0-9a-f]{32}$/;

/** @throws {Error} when the state directory cannot be written. */
export async function readCookieSecret(stateDir: string): Promise<string> {
  const path = join(stateDir, 'cookie-secret');
  const secret = randomBytes(32).toString('hex');
  // An existing secret lets readers keep their sessions across a restart.
  if (await createWhole(path, secret)) return secret;
  const found = (await readFile(path, 'utf8')).trim();
  if (secretPattern.test(found)) return found;
  // Empty or half written, as a full disk leaves it: with such a secret anybody could sign a cookie.
  await writeWhole(path, secret);
  return secret;
}

export async function useReaderCookie(app: FastifyInstance, secret: string): Promise<void> {
  await app.register(fastifyCookie, { secret });
}

/** The reader whom the request's cookie names; undefined without a cookie of ours. */
export function readerOfCookie(request: FastifyRequest): string | undefined {
  const raw = request.cookies[cookieName];
  if (raw === undefined) return undefined;
  const { valid, value } = request.unsignCookie(raw);
  return valid && value !== null && readerPattern.test(value) ? value : undefined;
}

/** Sends the reader the cookie with the answer; the next request shows whether the browser keeps it. */
export function setReaderCookie(request: FastifyRequest, reply: FastifyReply, reader: string): void {
  void reply.setCookie(cookieName, reader, {
    signed: true,
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    maxAge: maxAgeSeconds,
    secure: request.protocol === 'https',
  });
}
