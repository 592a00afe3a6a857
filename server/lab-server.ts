// Puts the server together: settings and engine in, a listening server out. No process globals, no signals.
import { mkdir } from 'node:fs/promises';
import { freemem } from 'node:os';
import { join } from 'node:path';
import fastifyRateLimit from '@fastify/rate-limit';
import fastifyWebsocket from '@fastify/websocket';
import fastify, { LogController, type FastifyBaseLogger, type FastifyError, type FastifyInstance } from 'fastify';
import { pino, type Logger } from 'pino';
import { readLabs, type Lab } from '../labs/read-lab.ts';
import type { LabServerConfig } from './config.ts';
import { LabError } from './errors.ts';
import { dataPolicy } from './http/page-policy.ts';
import { guardRequest } from './http/origin-guard.ts';
import { knownReader, readCookieSecret, useReaderCookie } from './http/reader-cookie.ts';
import { addSessionRoutes } from './http/session-routes.ts';
import { addSessionSocket } from './http/session-socket.ts';
import { sendMissing, serveSite } from './http/site-files.ts';
import type { Engine } from './machines/engine.ts';
import { closeCode } from './protocol/close-codes.ts';
import { maxRequestBytes } from './protocol/limits.ts';
import { LabReadiness } from './sessions/lab-readiness.ts';
import { Sandboxes } from './sessions/sandboxes.ts';
import { SessionRegistry } from './sessions/session-registry.ts';
import { SessionStore } from './sessions/session-store.ts';
import type { TerminalService } from './terminals/terminal-service.ts';

export interface LabServerParts {
  engine: Engine;
  terminals: TerminalService;
  log?: Logger;
}

export interface LabServer {
  /** The address, once it listens. @throws {LabError} LAB_ERR_SETTING when the port is taken. */
  listen(): Promise<string>;
  /** Stops serving. Sandboxes and terminals go on: the next server finds them. */
  close(): Promise<void>;
}

/** Time limits are in minutes; five seconds late is on time. */
const tickEveryMs = 5_000;
/** Sandboxes are seldom orphaned; looking for them costs one `podman ps`. */
const reapEveryMs = 60_000;
/** More seats than this on one host were never tried. */
const mostSeats = 500;

/** @throws {Error} when the state directory cannot be used. */
export async function createLabServer(config: LabServerConfig, parts: LabServerParts): Promise<LabServer> {
  const log = parts.log ?? pino({ level: config.logLevel });
  await mkdir(config.stateDir, { recursive: true, mode: 0o711 });
  const { labs, broken } = readLabs(config.labsDir);
  for (const { id, error } of broken) log.error({ lab: id }, `lab file refused:\n${error.message}`);
  const stopping = new AbortController();
  const store = new SessionStore(join(config.stateDir, 'state.sqlite'));
  const { engine, terminals } = parts;
  let registry: SessionRegistry | undefined;
  const readiness = new LabReadiness({
    labs,
    broken,
    engine,
    log,
    signal: stopping.signal,
    onChange: (lab) => registry?.advance(lab),
  });
  const sandboxes = new Sandboxes({ engine, terminals, log, prepared: config.prepared, signal: stopping.signal });
  registry = new SessionRegistry({
    labs,
    engine,
    terminals,
    readiness,
    sandboxes,
    store,
    log,
    seats: config.seats ?? seatsFor(labs, config.reserveMiB),
    sessionsPerReader: config.sessionsPerReader,
    viewersPerSession: config.viewersPerSession,
  });
  const restored = Promise.withResolvers<void>();
  const app = await createApp(config, registry, log, restored.promise);
  const timers = new Set<NodeJS.Timeout>();

  return {
    async listen() {
      const address = await listen(app, config);
      const missing = await readiness.open();
      if (missing !== undefined) {
        restored.resolve();
        log.warn(`no labs can be started: ${missing}`);
      } else {
        await registry.restore();
        restored.resolve();
        const repeat = (everyMs: number, work: () => Promise<void>) =>
          timers.add(setInterval(() => void work().catch((failure: unknown) => log.error(failure)), everyMs));
        const reap = async () => {
          await sandboxes.reap((id) => registry.isSession(id));
          await registry.checkMachines();
        };
        repeat(tickEveryMs, () => registry.tick(Date.now()));
        repeat(reapEveryMs, reap);
        await reap();
      }
      return address;
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      stopping.abort();
      for (const socket of app.websocketServer.clients) socket.close(closeCode.goingAway, 'the server is stopping');
      await app.close();
      await registry.settle();
      await sandboxes.close();
      await terminals.disconnect();
      store.close();
    },
  };
}

/** As many sessions as fit into the memory that is free now, each counted with all that it may use. */
function seatsFor(labs: readonly Lab[], reserveMiB: number): number {
  const biggest = Math.max(64, ...labs.map(({ file }) => file.machines.reduce((sum, { memory }) => sum + memory, 0)));
  const freeMiB = freemem() / 1024 / 1024 - reserveMiB;
  return Math.min(mostSeats, Math.max(1, Math.floor(freeMiB / biggest)));
}

/** @param restored the API answers when the sessions of the server before have been found: pages reconnect at once. */
async function createApp(
  config: LabServerConfig,
  registry: SessionRegistry,
  log: Logger,
  restored: Promise<void>,
): Promise<FastifyInstance> {
  const baseLog: FastifyBaseLogger = log;
  const app: FastifyInstance = fastify({
    loggerInstance: baseLog,
    // A line per request would drown what matters; refusals and faults are logged.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: config.trustProxy,
    // No route takes more than a lab's or machine's name.
    bodyLimit: 16 * 1024,
    // An unknown key is a mistake to be told, not one to be dropped.
    ajv: { customOptions: { removeAdditional: false } },
  });
  app.setErrorHandler((failure: FastifyError | LabError, request, reply) => {
    const status = failure instanceof LabError ? failure.status : (failure.statusCode ?? 500);
    if (status >= 500) request.log.error(failure);
    const code = failure instanceof LabError ? failure.code : codeOf(status);
    const message =
      status >= 500 && !(failure instanceof LabError) ? 'internal error; the server’s log says more' : failure.message;
    return reply.code(status).send({ code, message });
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    });
    if (request.url.startsWith('/api/')) {
      reply.headers({ 'content-security-policy': dataPolicy, 'cache-control': 'no-store' });
    }
    const { host, origin, upgrade } = request.headers;
    // A refused upgrade is answered and cut: nobody else would close its socket.
    if (upgrade !== undefined) reply.raw.once('finish', () => request.raw.socket.destroySoon());
    guardRequest({ method: request.method, host, origin, isUpgrade: upgrade !== undefined }, config.allowHost);
    if (request.url.startsWith('/api/')) await restored;
  });
  app.setNotFoundHandler((request, reply) => {
    if (!request.url.startsWith('/api/')) return sendMissing(reply, config.siteDir);
    return reply
      .code(404)
      .send({ code: 'LAB_ERR_BAD_REQUEST', message: `there is no ${request.method} ${request.url}` });
  });
  await useReaderCookie(app, await readCookieSecret(config.stateDir));
  await app.register(fastifyRateLimit, {
    max: config.requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: (request) => knownReader(request) ?? request.ip,
    // Pages and their assets are files; only the API costs something.
    allowList: (request) => !request.url.startsWith('/api/'),
  });
  // Twice what a page may send: session-socket.ts can still say what was wrong; beyond that ws cuts the connection.
  await app.register(fastifyWebsocket, { options: { maxPayload: 2 * maxRequestBytes, perMessageDeflate: false } });
  app.get('/health', () => ({ status: 'ok', ...registry.counts() }));
  addSessionRoutes(app, { sessions: registry, startsPerMinute: config.startsPerMinute });
  addSessionSocket(app, registry);
  app.get('/api/*', (_request, reply) => reply.callNotFound());
  await serveSite(app, config.siteDir);
  return app;
}

function codeOf(status: number): string {
  if (status >= 500) return 'LAB_ERR_INTERNAL';
  return status === 429 ? 'LAB_ERR_TOO_MANY' : 'LAB_ERR_BAD_REQUEST';
}

async function listen(app: FastifyInstance, { host, port }: LabServerConfig): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (failure) {
    const { code } = failure as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new LabError(
        'LAB_ERR_SETTING',
        `port ${port} of ${host} is in use; end that program or choose another with --port`,
        failure,
      );
    }
    if (code === 'EACCES') {
      throw new LabError(
        'LAB_ERR_SETTING',
        `port ${port} needs privileges; choose one above 1023 with --port`,
        failure,
      );
    }
    throw failure;
  }
}
