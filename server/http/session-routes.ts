// The HTTP routes of labs, sessions, terminals and checks: only the shapes of requests and answers. The rules are in server/sessions/.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { powerActions, tamperKinds } from '../protocol/machine-actions.ts';
import type { ReaderToken } from '../protocol/messages.ts';
import type { SessionService } from '../sessions/session-service.ts';
import { countedAddress } from './client-address.ts';
import { makeReader, readerOf } from './reader-identity.ts';
import { tokenOf } from './reader-token.ts';

const labName = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/);
const sessionId = z.string().regex(/^[a-z0-9]{8,32}$/);
// `<lesson>` or `<lesson>#<step>`.
const stateName = z.string().regex(/^[a-z0-9][a-z0-9/-]{0,120}(#[a-z0-9-]{1,60})?$/);
const startBody = z.strictObject({ lab: labName, from: stateName.optional() });
// Null: the lab's beginning. Absent: what the session was started from.
const resetBody = z.strictObject({ from: stateName.nullable().optional() });
const terminalBody = z.strictObject({ machine: labName });
const sessionParams = z.strictObject({ id: sessionId });

const jsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { target: 'draft-7', io: 'input' });

export interface RouteOptions {
  sessions: SessionService;
  /** How many starts and resets one reader may request per minute: each costs the host a sandbox. */
  startsPerMinute: number;
}

export function addSessionRoutes(app: FastifyInstance, { sessions, startsPerMinute }: RouteOptions): void {
  const startLimit = { rateLimit: { max: startsPerMinute, timeWindow: 60_000, groupId: 'starts' } };
  const session = { params: jsonSchema(sessionParams) };

  app.get('/api/labs', () => sessions.labs());
  app.get('/api/labs/:lab', { schema: { params: jsonSchema(z.strictObject({ lab: labName })) } }, (request) =>
    sessions.lab(param(request, 'lab')),
  );
  // Always for a new reader: the content of a known reader's cookie stays out of every script's reach.
  app.post('/api/reader', (): ReaderToken => ({ token: tokenOf(app, makeReader()) }));
  // The cookie, for a reader who has none. A reader who has one keeps it: pages that are opened at once share it.
  app.post('/api/reader/cookie', (request, reply) => {
    readerOf(request, reply);
    return reply.code(204).send();
  });
  app.get('/api/sessions', (request, reply) => sessions.list(readerOf(request, reply)));
  app.post('/api/sessions', { schema: { body: jsonSchema(startBody) }, config: startLimit }, async (request, reply) => {
    const { lab, from } = startBody.parse(request.body);
    const started = await sessions.start(readerOf(request, reply), lab, from, countedAddress(request.ip));
    return reply.code(started.isNew ? 201 : 200).send(started.session);
  });
  app.get('/api/sessions/:id', { schema: session }, (request, reply) =>
    sessions.get(readerOf(request, reply), param(request, 'id')),
  );
  app.delete('/api/sessions/:id', { schema: session }, (request, reply) =>
    sessions.end(readerOf(request, reply), param(request, 'id')),
  );
  app.post('/api/sessions/:id/extend', { schema: session }, (request, reply) =>
    sessions.extend(readerOf(request, reply), param(request, 'id')),
  );
  app.post(
    '/api/sessions/:id/reset',
    { schema: { ...session, body: jsonSchema(resetBody.nullish()) }, config: startLimit },
    (request, reply) => {
      const { from } = resetBody.parse(request.body ?? {});
      return sessions.reset(readerOf(request, reply), param(request, 'id'), from, countedAddress(request.ip));
    },
  );
  addTerminalRoutes(app, sessions);
  addMachineRoutes(app, sessions, startLimit);
}

function addTerminalRoutes(app: FastifyInstance, sessions: SessionService): void {
  const numbered = sessionParams.extend({ number: z.coerce.number().int().min(0).max(65_535) });
  const checked = sessionParams.extend({ check: labName });
  app.post(
    '/api/sessions/:id/terminals',
    { schema: { params: jsonSchema(sessionParams), body: jsonSchema(terminalBody) } },
    async (request, reply) => {
      const { machine } = terminalBody.parse(request.body);
      const terminal = await sessions.openTerminal(readerOf(request, reply), param(request, 'id'), machine);
      return reply.code(201).send(terminal);
    },
  );
  app.delete(
    '/api/sessions/:id/terminals/:number',
    { schema: { params: jsonSchema(numbered) } },
    async (request, reply) => {
      await sessions.closeTerminal(readerOf(request, reply), param(request, 'id'), Number(param(request, 'number')));
      return reply.code(204).send();
    },
  );
  app.post('/api/sessions/:id/checks/:check', { schema: { params: jsonSchema(checked) } }, (request, reply) =>
    sessions.check(readerOf(request, reply), param(request, 'id'), param(request, 'check')),
  );
}

/** Actions on virtual machines. One that restarts a machine costs as much as a start and counts as one. */
function addMachineRoutes(app: FastifyInstance, sessions: SessionService, startLimit: object): void {
  const path = (action: string) => `/api/sessions/:id/machines/:machine/${action}`;
  const params = jsonSchema(sessionParams.extend({ machine: labName }));
  const powerBody = z.strictObject({ action: z.enum(powerActions) });
  const tamperBody = z.strictObject({ kind: z.enum([...tamperKinds, 'undo']) });
  const of = (request: FastifyRequest, reply: FastifyReply) =>
    [readerOf(request, reply), param(request, 'id'), param(request, 'machine')] as const;

  app.post(path('power'), { schema: { params, body: jsonSchema(powerBody) }, config: startLimit }, (request, reply) =>
    sessions.power(...of(request, reply), powerBody.parse(request.body).action),
  );
  app.post(path('tamper'), { schema: { params, body: jsonSchema(tamperBody) }, config: startLimit }, (request, reply) =>
    sessions.tamper(...of(request, reply), tamperBody.parse(request.body).kind),
  );
  app.post(path('touch'), { schema: { params } }, (request, reply) => sessions.touch(...of(request, reply)));
  app.post(path('window'), { schema: { params } }, (request, reply) => sessions.readWindow(...of(request, reply)));
}

/** A path parameter that the route's schema has checked. */
function param(request: FastifyRequest, name: string): string {
  return String((request.params as Record<string, unknown>)[name]);
}
