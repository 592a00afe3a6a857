// The messages between server and pty host, apart from pages' frames. Shapes and validation; no sockets.
import { z } from 'zod';
import { maxColumns, maxRows, minColumns, minRows } from '../../protocol/limits.ts';
import type { TerminalEvent } from '../terminal-service.ts';

/**
 * Raised when server and pty host of different versions could misread each other. `hello`, `welcome` and the request
 * `shutdown` never change their shape, so that a newer server can always end an older host.
 */
export const hostProtocol = 3;

/** The first message says within this time what the connection is for; the answer comes within it too. */
export const helloWithinMs = 5_000;

const session = z.string().regex(/^[a-z0-9-]{1,64}$/, 'expected lower-case letters, digits and hyphens');
const number = z.int().min(0).max(65_535);

export const helloSchema = z.object({
  hello: z.object({ protocol: z.int(), role: z.enum(['control', 'viewer']), session: session.optional() }),
});
export type Hello = z.infer<typeof helloSchema>;

export const welcomeSchema = z.object({
  welcome: z.object({ protocol: z.int(), pid: z.int(), terminals: z.int(), startedAt: z.number() }),
});
export type Welcome = z.infer<typeof welcomeSchema>['welcome'];

const place = z.object({
  session,
  number,
  machine: z.string().max(64),
  title: z.string().max(120),
  columns: z.int().min(minColumns).max(maxColumns).default(80),
  rows: z.int().min(minRows).max(maxRows).default(24),
});
const command = z.object({ file: z.string().min(1), args: z.array(z.string()), env: z.record(z.string(), z.string()) });
const serial = z.object({ socket: z.string().startsWith('/'), wake: z.string().max(16) });
const open = z.union([place.extend({ command }), place.extend({ serial })]);
export type OpenParams = z.infer<typeof open>;

export const controlRequestSchema = z.discriminatedUnion('method', [
  z.object({ id: z.int(), method: z.literal('open'), params: open }),
  z.object({ id: z.int(), method: z.literal('list'), params: z.object({ session: session.optional() }) }),
  z.object({ id: z.int(), method: z.literal('close'), params: z.object({ session, number }) }),
  z.object({
    id: z.int(),
    method: z.literal('leavePrompt'),
    params: z.object({ session, number, isOff: z.boolean().optional() }),
  }),
  z.object({ id: z.int(), method: z.literal('closeSession'), params: z.object({ session }) }),
  z.object({ id: z.int(), method: z.literal('blocks'), params: z.object({ session }) }),
  z.object({ id: z.int(), method: z.literal('idleTimes'), params: z.object({}) }),
  z.object({ id: z.int(), method: z.literal('shutdown'), params: z.object({}) }),
]);
export type ControlRequest = z.infer<typeof controlRequestSchema>;

/** What the host sends on a control connection after its welcome. */
export type ControlMessage =
  { id: number; result: unknown } | { id: number; error: { code: string; message: string } } | { event: TerminalEvent };
