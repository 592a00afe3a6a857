// What tests repeatedly do as a reader: start the lab, wait, look at the socket's events and how it closed.
import { WebSocket } from 'ws';
import type { ServerEvent, SessionView } from '../../server/protocol/messages.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { until } from './test-lab-server.ts';

/** A new reader with a session in state ready. */
export async function startSession(
  url: string,
  lab = 'test-lab',
): Promise<{ reader: LabReader; session: SessionView }> {
  const reader = new LabReader(url);
  const { id } = await reader.call<SessionView>('POST', '/api/sessions', { lab });
  const session = await until(
    () => reader.call<SessionView>('GET', `/api/sessions/${id}`),
    ({ state }) => state === 'ready',
  );
  return { reader, session };
}

export interface RawSocket {
  socket: WebSocket;
  events: ServerEvent[];
  /** Code and reason once it is closed; HTTP status instead of a code when the upgrade was refused. */
  closed: Promise<{ code: number; reason: string }>;
}

/** A socket that does not behave like a page, for whatever a test wants to send. */
export function openRawSocket(url: string, sessionId: string, headers: Record<string, string>): RawSocket {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/sessions/${sessionId}/socket`, { headers });
  const events: ServerEvent[] = [];
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) events.push(JSON.parse(data.toString()) as ServerEvent);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    socket.on('unexpected-response', (request, response) => {
      request.destroy();
      resolve({ code: response.statusCode ?? 0, reason: '' });
    });
    socket.on('error', () => undefined);
  });
  return { socket, events, closed };
}
