// One page's WebSocket: relays between page and terminals, tells it of the session's changes. Knows no rules.
import type { FastifyInstance } from 'fastify';
import type {} from '@fastify/websocket';
import type { WebSocket } from 'ws';
import { LabError } from '../errors.ts';
import { closeCode } from '../protocol/close-codes.ts';
import { maxInputFrameBytes, maxRequestBytes } from '../protocol/limits.ts';
import { protocolVersion, type ServerEvent } from '../protocol/messages.ts';
import type { ConnectedPage, SessionService } from '../sessions/session-service.ts';
import { knownReader } from './reader-cookie.ts';

/** Two of these without a pong and the page is gone; proxies cut idle sockets at 60 s. */
const pingEveryMs = 25_000;
/** Above this much unsent data for a page its terminals are not read; flow control bounds it long before. */
const pauseAtBytes = 1024 * 1024;
/** How often a paused page is looked at again. */
const drainPollMs = 20;

export function addSessionSocket(app: FastifyInstance, sessions: SessionService): void {
  app.get('/api/sessions/:id/socket', { websocket: true }, async (socket, request) => {
    const { id } = request.params as { id: string };
    // What the page sends before it is connected waits in the network.
    socket.pause();
    socket.on('error', (failure) => request.log.info({ failure: failure.message }, 'socket failed'));
    try {
      const reader = knownReader(request);
      if (reader === undefined) throw new LabError('LAB_ERR_FORBIDDEN', 'no reader cookie; load the page again');
      const page = await sessions.connect(reader, id);
      if (socket.readyState !== socket.OPEN) return page.leave();
      joinPage(socket, page);
      socket.resume();
    } catch (failure) {
      const { close, message } =
        failure instanceof LabError ? failure : { close: closeCode.internal, message: 'internal error' };
      if (!(failure instanceof LabError)) request.log.error(failure);
      socket.resume();
      closeSocket(socket, close, message);
    }
  });
}

function joinPage(socket: WebSocket, page: ConnectedPage): void {
  const { link } = page;
  let isAlive = true;
  let drain: NodeJS.Timeout | undefined;
  const ping = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, pingEveryMs);
  // A page that reads slowly: the link is paused until what waits has gone out.
  const watchBacklog = () => {
    if (drain !== undefined || socket.bufferedAmount <= pauseAtBytes) return;
    link.pause();
    drain = setInterval(() => {
      if (socket.bufferedAmount > pauseAtBytes / 2 && socket.readyState === socket.OPEN) return;
      clearInterval(drain);
      drain = undefined;
      link.resume();
    }, drainPollMs);
  };
  send(socket, { type: 'hello', protocol: protocolVersion, session: page.session, blocks: page.blocks });
  page.onChange((session) => send(socket, { type: 'session', session }));
  link.onText((text) => socket.send(text));
  link.onBinary((data) => {
    socket.send(data);
    watchBacklog();
  });
  link.onClose((code, reason) => closeSocket(socket, code, reason));
  socket.on('pong', () => (isAlive = true));
  socket.on('message', (data: Buffer, isBinary) => relay(socket, page, data, isBinary));
  socket.on('close', () => {
    clearInterval(ping);
    clearInterval(drain);
    page.leave();
  });
}

function relay(socket: WebSocket, { link }: ConnectedPage, data: Buffer, isBinary: boolean): void {
  const most = isBinary ? maxInputFrameBytes : maxRequestBytes;
  if (data.length > most) {
    closeSocket(socket, closeCode.badMessage, `found a message of ${data.length} bytes, expected at most ${most}`);
  } else if (isBinary) link.sendBinary(data);
  else link.sendText(data.toString('utf8'));
}

function send(socket: WebSocket, event: ServerEvent): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(event));
}

function closeSocket(socket: WebSocket, code: number, reason: string): void {
  // RFC 6455 leaves 123 bytes for the reason.
  socket.close(
    code,
    Buffer.from(reason)
      .subarray(0, 120)
      .toString('utf8')
      .replace(/\uFFFD$/, ''),
  );
}
