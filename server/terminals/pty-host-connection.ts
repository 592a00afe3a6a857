// One connection from the server to the pty host, up to the host's welcome. The caller decides what to use it for.
import * as net from 'node:net';
import { FramedSocket, type FramedSocketListeners } from './host-protocol/framed-socket.ts';
import { helloWithinMs, hostProtocol, welcomeSchema, type Hello, type Welcome } from './host-protocol/host-messages.ts';

export interface HostConnection {
  socket: FramedSocket;
  welcome: Welcome;
}

/**
 * Connects and says hello. `listeners` get every message after the welcome, from the first one on.
 * @returns undefined when nobody listens on the socket.
 * @throws {Error} when the listener does not answer as a pty host in time.
 */
export async function connectToHost(
  socketPath: string,
  hello: Omit<Hello['hello'], 'protocol'>,
  listeners: FramedSocketListeners,
): Promise<HostConnection | undefined> {
  const raw = await openSocket(socketPath);
  if (raw === undefined) return undefined;
  return new Promise((resolve, reject) => {
    const fail = (message: string) => {
      clearTimeout(timer);
      raw.destroy();
      reject(new Error(message));
    };
    const timer = setTimeout(() => fail(`the pty host did not answer within ${helloWithinMs} ms`), helloWithinMs);
    const socket = new FramedSocket(raw, {
      onText: (text) => {
        const parsed = welcomeSchema.safeParse(parseJson(text));
        if (!parsed.success) return fail('found no welcome, expected one as the first message');
        clearTimeout(timer);
        socket.listen(listeners);
        resolve({ socket, welcome: parsed.data.welcome });
      },
      onBinary: () => fail('found a binary message, expected a welcome'),
      onClose: (_code, reason) => fail(reason),
    });
    socket.sendText(JSON.stringify({ hello: { protocol: hostProtocol, ...hello } }));
  });
}

/** A missing socket file, or one without a host, is not an error: it means that a host must be started. */
function openSocket(socketPath: string): Promise<net.Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketPath);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
      else reject(error);
    });
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Undefined is not a welcome; the caller says so.
    return undefined;
  }
}
