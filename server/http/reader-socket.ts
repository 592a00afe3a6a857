// What all readers' WebSockets have in common: the reader's identity, signs of life, back-pressure, a reason for closing.
import type { FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { LabError } from '../errors.ts';
import { closeCode } from '../protocol/close-codes.ts';
import { MessagePace } from './message-pace.ts';
import { knownReader } from './reader-identity.ts';

/** After two of these without a pong the page counts as gone; proxies cut idle sockets at 60 s. */
const pingEveryMs = 25_000;
/** How often a paused page is checked again. */
const drainPollMs = 20;

/** What a socket was connected to: `leave` is called if the page has gone meanwhile, otherwise `join`. */
export interface Joined {
  join(): void;
  leave(): void;
}

/** Connects a socket; a refusal closes it with the reason. */
export async function joinSocket(
  socket: WebSocket,
  request: FastifyRequest,
  connect: (reader: string) => Promise<Joined>,
): Promise<void> {
  // Anything that the page sends before it is connected waits in the network.
  socket.pause();
  socket.on('error', (failure) => request.log.info({ failure: failure.message }, 'socket failed'));
  try {
    const reader = knownReader(request);
    if (reader === undefined) throw new LabError('LAB_ERR_FORBIDDEN', 'no reader cookie or token; load the page again');
    const joined = await connect(reader);
    if (socket.readyState !== socket.OPEN) return joined.leave();
    watchLife(socket);
    holdUpFloods(socket);
    joined.join();
    socket.resume();
  } catch (failure) {
    const { close, message } =
      failure instanceof LabError ? failure : { close: closeCode.internal, message: 'internal error' };
    if (!(failure instanceof LabError)) request.log.error(failure);
    socket.resume();
    closeSocket(socket, close, message);
  }
}

/** A client that sends more than any page does is read more slowly; nothing is lost, and no other client waits. */
function holdUpFloods(socket: WebSocket): void {
  const pace = new MessagePace(performance.now());
  let rest: NodeJS.Timeout | undefined;
  socket.on('message', (data: Buffer) => {
    const waitMs = pace.take(data.length, performance.now());
    if (waitMs === 0) return;
    clearTimeout(rest);
    socket.pause();
    rest = setTimeout(() => socket.resume(), waitMs);
  });
  socket.on('close', () => clearTimeout(rest));
}

function watchLife(socket: WebSocket): void {
  let isAlive = true;
  const ping = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, pingEveryMs);
  socket.on('pong', () => (isAlive = true));
  socket.on('close', () => clearInterval(ping));
}

/**
 * For a page that reads slowly: its source is paused until what waits has gone out.
 * @returns a function to call after each message that was sent
 */
export function holdUpBy(socket: WebSocket, mostBytes: number, source: { pause(): void; resume(): void }): () => void {
  let drain: NodeJS.Timeout | undefined;
  socket.on('close', () => clearInterval(drain));
  return () => {
    if (drain !== undefined || socket.bufferedAmount <= mostBytes) return;
    source.pause();
    drain = setInterval(() => {
      if (socket.bufferedAmount > mostBytes / 2 && socket.readyState === socket.OPEN) return;
      clearInterval(drain);
      drain = undefined;
      source.resume();
    }, drainPollMs);
  };
}

export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  // RFC 6455 leaves 123 bytes for the reason.
  const text = Buffer.from(reason).subarray(0, 120).toString('utf8');
  socket.close(code, text.replace(/\uFFFD$/, ''));
}
