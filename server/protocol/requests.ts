// Validates what a page sends as text. Server side only: the page imports only types, from messages.ts.
import { z } from 'zod';
import {
  maxColumns,
  maxCommandBytes,
  maxRequestBytes,
  maxRows,
  maxUntilLength,
  maxUntilSeconds,
  minColumns,
  minRows,
} from './limits.ts';
import type { Request } from './messages.ts';

/** A text message that is not a `Request`. `message` says where, and what was expected; suitable as a close reason. */
export class RequestError extends Error {
  override name = 'RequestError';
}

const terminal = z.int().min(0).max(65_535);
const columns = z.int().min(minColumns).max(maxColumns);
const rows = z.int().min(minRows).max(maxRows);
const offset = z.int().min(0);
// Lesson and id, as in `build/from-containerfile-to-image#build`; printable, so that it can be logged.
const block = z.string().regex(/^[\w./#-]{1,200}$/, 'expected 1 to 200 letters, digits and . _ / # -');

// An escape sequence could end the bracketed paste early and be taken for keys, so a command consists of text, tabs and newlines.
const command = z
  .string()
  .min(1)
  .refine((text) => utf8Length(text) <= maxCommandBytes, `expected at most ${maxCommandBytes} bytes`)
  .refine((text) => !hasControlCharacters(text), 'expected no control characters but tab and newline');

// White space is not compared, see text-sequence.ts, so there must be something else.
const until = z
  .string()
  .max(maxUntilLength)
  .regex(/\S/, 'expected more than white space')
  .refine((text) => !hasControlCharacters(text), 'expected no control characters');

const requestSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('attach'),
    terminal,
    columns,
    rows,
    offset: offset.optional(),
    inUse: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('detach'), terminal }),
  z.strictObject({ type: z.literal('resize'), terminal, columns, rows }),
  z.strictObject({
    type: z.literal('run'),
    terminal,
    block,
    command,
    keys: z.boolean().optional(),
    question: until.optional(),
    until: until.optional(),
    withinSeconds: z.int().min(1).max(maxUntilSeconds).optional(),
  }),
  z.strictObject({ type: z.literal('interrupt'), terminal }),
  z.strictObject({ type: z.literal('ping'), id: z.int().min(0) }),
]);

/**
 * Reads one text message of a page.
 * @throws {RequestError} when it is too long, not JSON, of an unknown type, or has a wrong, missing or unknown field.
 */
export function parseRequest(text: string): Request {
  if (text.length > maxRequestBytes) {
    throw new RequestError(`found a message of ${text.length} characters, expected at most ${maxRequestBytes}`);
  }
  const result = requestSchema.safeParse(parseJson(text));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? 'message' : issue.path.join('.');
  throw new RequestError(`${place}: ${issue?.message ?? 'not a request'}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RequestError('found text that is not JSON, expected a request object', { cause: error });
  }
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

function hasControlCharacters(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code < 0x20 && code !== 0x09 && code !== 0x0a) || (code >= 0x7f && code < 0xa0)) return true;
  }
  return false;
}
