// A virtual machine's graphical console for a page: VNC's bytes in binary WebSocket messages, both ways, as noVNC speaks it.
import type { FastifyInstance } from 'fastify';
import type {} from '@fastify/websocket';
import type { WebSocket } from 'ws';
import { closeCode } from '../protocol/close-codes.ts';
import type { ConnectedScreen, SessionService } from '../sessions/session-service.ts';
import { closeSocket, holdUpBy, joinSocket } from './reader-socket.ts';

/** A whole screen of 1280 × 800 is 4 MiB uncoded; a page for which this much waits shows outdated pictures. */
const pauseAtBytes = 4 * 1024 * 1024;
/** VNC messages that the reader causes: key, pointer, clipboard, QEMU's extended key (RFC 6143, 7.5). */
const readersMessages = new Set([4, 5, 6, 255]);

export function addScreenSocket(app: FastifyInstance, sessions: SessionService): void {
  app.get('/api/sessions/:id/machines/:machine/screen', { websocket: true }, async (socket, request) => {
    const { id, machine } = request.params as { id: string; machine: string };
    await joinSocket(socket, request, async (reader) => {
      const screen = await sessions.openScreen(reader, id, machine);
      return { leave: screen.leave, join: () => joinScreen(socket, screen) };
    });
  });
}

function joinScreen(socket: WebSocket, screen: ConnectedScreen): void {
  const { stream } = screen;
  const watchBacklog = holdUpBy(socket, pauseAtBytes, stream);
  stream.on('data', (data: Buffer) => {
    if (socket.readyState !== socket.OPEN) return;
    socket.send(data);
    watchBacklog();
  });
  stream.on('drain', () => socket.resume());
  // The machine was switched off and its QEMU with it, or restarted: the page connects again.
  const onEnd = () => closeSocket(socket, closeCode.goingAway, 'the machine’s screen is gone');
  stream.on('end', onEnd);
  stream.on('error', onEnd);
  stream.on('close', onEnd);
  screen.onEnd((code, reason) => closeSocket(socket, code, reason));
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return closeSocket(socket, closeCode.badMessage, 'found text, expected VNC in binary messages');
    // A message may begin in the middle of one of VNC's: at worst a session that nobody uses lasts a little longer.
    if (readersMessages.has(data[0] ?? 0)) screen.isUsed();
    // At most one message waits in addition to the stream's own buffer.
    if (stream.writable && !stream.write(data)) socket.pause();
  });
  socket.on('close', () => screen.leave());
}
