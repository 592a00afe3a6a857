// Replaces a reader's cookie where the browser stores none: the page holds the token in memory. It is never in an address,
// where logs would keep it.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { tokenHeader, tokenProtocol } from '../protocol/reader-token.ts';

/** A reader's id and the signature of 32 bytes, in letters that a subprotocol may have. */
const tokenPattern = /^[0-9a-f]{32}\.[\w-]{43}$/;

/** The token of a reader, only for a reader who was made for it: scripts must not learn what a cookie hides from them. */
export function tokenOf(app: FastifyInstance, reader: string): string {
  return app.signCookie(reader).replaceAll('+', '-').replaceAll('/', '_');
}

/** The token that a request carries, valid or not; undefined without one. */
export function sentToken({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  if (headers.upgrade === undefined) {
    const sent = headers[tokenHeader];
    return Array.isArray(sent) ? sent[0] : sent;
  }
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  return offered.find((name) => name.startsWith(tokenProtocol))?.slice(tokenProtocol.length);
}

/** Whose token it is; undefined when this server did not sign it. The signature is compared in constant time. */
export function readerOfToken(request: Pick<FastifyRequest, 'unsignCookie'>, token: string): string | undefined {
  if (!tokenPattern.test(token)) return undefined;
  const { valid, value } = request.unsignCookie(token.replaceAll('-', '+').replaceAll('_', '/'));
  return valid && value !== null ? value : undefined;
}
