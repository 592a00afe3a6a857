// The HTTP server: guards, errors, routes, socket and site put together, and the port. Knows no rules of sessions.
import fastifyRateLimit from '@fastify/rate-limit';
import fastifyWebsocket from '@fastify/websocket';
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyRequest,
} from 'fastify';
import type { Logger } from 'pino';
import type { LabServerConfig } from '../config.ts';
import { LabError } from '../errors.ts';
import { fileLimit } from '../file-limit.ts';
import { maxRequestBytes } from '../protocol/limits.ts';
import { socketProtocol } from '../protocol/reader-token.ts';
import type { SessionService } from '../sessions/session-service.ts';
import { countedAddress } from './client-address.ts';
import {
  connectionLimits,
  headersWithinMs,
  limitConnections,
  lookEveryMs,
  requestWithinMs,
} from './connection-limits.ts';
import { guardRequest } from './origin-guard.ts';
import { dataPolicy } from './page-policy.ts';
import { addOperatorLinks } from './operator-links.ts';
import { readCookieSecret, useReaderCookie } from './reader-cookie.ts';
import { knownReader } from './reader-identity.ts';
import { isApiRequest, routeOf } from './request-route.ts';
import { addScreenSocket } from './screen-socket.ts';
import { addSessionRoutes } from './session-routes.ts';
import { addSessionSocket } from './session-socket.ts';
import { sendMissing, serveSite } from './site-files.ts';
import { SteadyRateStore } from './steady-rate-store.ts';

/** The subprotocols for VNC and for pages that also offer their reader's token: the token itself is never in an answer. */
const answeredProtocols = ['binary', socketProtocol];

export async function createHttpApp(
  config: LabServerConfig,
  sessions: SessionService,
  log: Logger,
): Promise<FastifyInstance> {
  const baseLog: FastifyBaseLogger = log;
  const app: FastifyInstance = fastify({
    loggerInstance: baseLog,
    // A line per request would drown what matters; refusals and faults are logged.
    logController: new LogController({ disableRequestLogging: true }),
    // Of the addresses in X-Forwarded-For, only the last one is the proxy's own: the client may have sent the others.
    trustProxy: config.trustProxy ? (_address, hop) => hop === 0 : false,
    // The longest parameter of any route is the name of a lab or a machine.
    bodyLimit: 16 * 1024,
    requestTimeout: requestWithinMs,
    http: { headersTimeout: headersWithinMs, connectionsCheckingInterval: lookEveryMs },
    // An unknown key is a mistake to report, not to ignore.
    ajv: { customOptions: { removeAdditional: false } },
  });
  limitConnections(app.server, connectionLimits(fileLimit(), config.trustProxy), (line) => log.warn(line));
  answerErrors(app, config);
  guardRequests(app, config);
  await useReaderCookie(app, await readCookieSecret(config.stateDir));
  await app.register(fastifyRateLimit, {
    max: config.requestsPerMinute,
    store: SteadyRateStore,
    timeWindow: 60_000,
    keyGenerator: (request) => knownReader(request) ?? request.ip,
    // Pages and their assets are files; only the API costs something.
    allowList: (request) => !isApiRequest(request),
  });
  limitAddresses(app, config);
  // Twice what a page may send, so that session-socket.ts can still say what was wrong; beyond that ws cuts the connection.
  await app.register(fastifyWebsocket, {
    options: {
      maxPayload: 2 * maxRequestBytes,
      perMessageDeflate: false,
      handleProtocols: (offered) => answeredProtocols.find((name) => offered.has(name)) ?? false,
    },
  });
  // Pages reconnect at once to a server that was started again: each is answered when its reader's own sessions are found.
  app.addHook('preValidation', async (request) => {
    if (routeOf(request).startsWith('/api/sessions')) await sessions.whenRestored(knownReader(request));
  });
  app.get('/health', () => sessions.health());
  addSessionRoutes(app, { sessions, startsPerMinute: config.startsPerMinute });
  addSessionSocket(app, sessions);
  addScreenSocket(app, sessions);
  app.get('/api/*', (_request, reply) => reply.callNotFound());
  addOperatorLinks(app, config);
  await serveSite(app, config.siteDir);
  return app;
}

function answerErrors(app: FastifyInstance, config: LabServerConfig): void {
  app.setErrorHandler((failure: FastifyError | LabError, request, reply) => {
    const status = failure instanceof LabError ? failure.status : (failure.statusCode ?? 500);
    if (status >= 500) request.log.error(failure);
    const code = failure instanceof LabError ? failure.code : codeOf(status);
    const message =
      status >= 500 && !(failure instanceof LabError) ? 'internal error; the server’s log says more' : failure.message;
    return reply.code(status).send({ code, message });
  });
  app.setNotFoundHandler((request, reply) => {
    if (!isApiRequest(request)) return sendMissing(reply, config.siteDir);
    return reply
      .code(404)
      .send({ code: 'LAB_ERR_BAD_REQUEST', message: `there is no ${request.method} ${request.url}` });
  });
}

function guardRequests(app: FastifyInstance, config: LabServerConfig): void {
  const sockets = new Set<string>();
  app.addHook('onRoute', ({ websocket, url }) => {
    if (websocket === true) sockets.add(url);
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    });
    const isApi = isApiRequest(request);
    if (isApi) {
      reply.headers({ 'content-security-policy': dataPolicy, 'cache-control': 'no-store' });
    }
    const { host, origin, upgrade } = request.headers;
    // A refused upgrade is answered and cut, because nothing else would close its socket.
    if (upgrade !== undefined) reply.raw.once('finish', () => request.raw.socket.destroySoon());
    guardRequest({ method: request.method, host, origin, isUpgrade: upgrade !== undefined, isApi }, config.allowHost);
    // The library would open a socket on any route, close it again, and log a line about it.
    if (upgrade !== undefined && !sockets.has(routeOf(request))) {
      throw new LabError(
        'LAB_ERR_BAD_REQUEST',
        'found an upgrade, expected one only for the socket or a screen of a lab',
      );
    }
  });
}

/** Cookies cost nothing: somebody who throws them away counts as many readers, but still as a single address. */
function limitAddresses(app: FastifyInstance, config: LabServerConfig): void {
  const keyGenerator = (request: FastifyRequest) => countedAddress(request.ip);
  const timeWindow = 60_000;
  const requests = app.createRateLimit({ max: config.requestsPerMinutePerAddress, timeWindow, keyGenerator });
  const starts = app.createRateLimit({ max: config.startsPerMinutePerAddress, timeWindow, keyGenerator });
  app.addHook('onRequest', async (request) => {
    if (!isApiRequest(request)) return;
    const isStart =
      (request.routeOptions.config as { rateLimit?: { groupId?: string } }).rateLimit?.groupId === 'starts';
    for (const [limit, what] of isStart
      ? ([
          [requests, 'requests'],
          [starts, 'starts'],
        ] as const)
      : ([[requests, 'requests']] as const)) {
      const found = await limit(request);
      if (found.isAllowed || !found.isExceeded) continue;
      throw new LabError(
        'LAB_ERR_TOO_MANY',
        `too many ${what} from your address, expected at most ${found.max} in a minute; try again in ${found.ttlInSeconds} s`,
      );
    }
  });
}

function codeOf(status: number): string {
  if (status >= 500) return 'LAB_ERR_INTERNAL';
  return status === 429 ? 'LAB_ERR_TOO_MANY' : 'LAB_ERR_BAD_REQUEST';
}

/** @throws {LabError} LAB_ERR_SETTING when the port is not available. */
export async function listen(app: FastifyInstance, { host, port }: LabServerConfig): Promise<string> {
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
