// One page's WebSocket: relays between the page and the terminals, and tells the page about changes of the session. Knows no rules.
import type { FastifyInstance } from 'fastify';
import type {} from '@fastify/websocket';
import type { WebSocket } from 'ws';
import { closeCode } from '../protocol/close-codes.ts';
import { maxInputFrameBytes, maxRequestBytes } from '../protocol/limits.ts';
import { protocolVersion, type ServerEvent } from '../protocol/messages.ts';
import type { ConnectedPage, SessionService } from '../sessions/session-service.ts';
import { closeSocket, holdUpBy, joinSocket } from './reader-socket.ts';

/** While more unsent data than this waits for a page, its terminals are not read; flow control sets in long before. */
const pauseAtBytes = 1024 * 1024;

export function addSessionSocket(app: FastifyInstance, sessions: SessionService): void {
  app.get('/api/sessions/:id/socket', { websocket: true }, async (socket, request) => {
    const { id } = request.params as { id: string };
    await joinSocket(socket, request, async (reader) => {
      const page = await sessions.connect(reader, id);
      return { leave: page.leave, join: () => joinPage(socket, page) };
    });
  });
}

function joinPage(socket: WebSocket, page: ConnectedPage): void {
  const { link } = page;
  const watchBacklog = holdUpBy(socket, pauseAtBytes, link);
  send(socket, { type: 'hello', protocol: protocolVersion, session: page.session, blocks: page.blocks });
  page.onChange((session) => send(socket, { type: 'session', session }));
  link.onText((text) => socket.send(text));
  link.onBinary((data) => {
    socket.send(data);
    watchBacklog();
  });
  link.onClose((code, reason) => closeSocket(socket, code, reason));
  socket.on('message', (data: Buffer, isBinary) => relay(socket, page, data, isBinary));
  socket.on('close', () => page.leave());
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
