// Who the reader of a request is: by the token that a page holds in memory, otherwise by the cookie. Makes new readers.
import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LabError } from '../errors.ts';
import { newReader, readerHeader } from '../protocol/reader-token.ts';
import { onlyReads } from './origin-guard.ts';
import { readerOfCookie, setReaderCookie } from './reader-cookie.ts';
import { readerOfToken, sentToken } from './reader-token.ts';

/** An id that nobody has, and nobody can guess. */
export function makeReader(): string {
  return randomBytes(16).toString('hex');
}

/** The reader of a request; undefined when it has neither a cookie nor a token of ours. */
export function knownReader(request: FastifyRequest): string | undefined {
  const token = sentToken(request);
  return token === undefined ? readerOfCookie(request) : readerOfToken(request, token);
}

/**
 * The reader of a request. A new reader gets the cookie with the answer, which also says that the reader is new. An answer
 * to a request that only reads gives no cookie: any page elsewhere can lead a browser there without the cookie that it has
 * (SameSite=Strict), and a new one would take its place, and the reader's labs away. The Origin of all others is checked.
 * @throws {LabError} LAB_ERR_FORBIDDEN for a token that is not ours, because its page must not go on as somebody else
 */
export function readerOf(request: FastifyRequest, reply: FastifyReply): string {
  const known = knownReader(request);
  if (known !== undefined) return known;
  if (sentToken(request) !== undefined)
    throw new LabError('LAB_ERR_FORBIDDEN', 'the reader token is not one of this server; load the page again');
  const reader = makeReader();
  if (!onlyReads(request)) setReaderCookie(request, reply, reader);
  void reply.header(readerHeader, newReader);
  return reader;
}
