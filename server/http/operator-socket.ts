// Where the operator's commands reach a running server: HTTP on a Unix socket that only the server's own user can open.
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { makeFolder } from '../closed-files.ts';
import { LabError } from '../errors.ts';
import type { OperatorSessions } from '../sessions/operator-sessions.ts';

/** In a folder of its own that is closed before the socket is made: the rights of a socket can be set only after it exists. */
export function operatorSocketPath(stateDir: string): string {
  return join(stateDir, 'operator', 'sock');
}

/**
 * Listens for the operator. There are none of the network's guards here: whoever can open the socket could read the records as well.
 * @returns what ends the listening
 * @throws {Error} of the file system
 */
export async function openOperatorSocket(
  stateDir: string,
  sessions: OperatorSessions,
  log: Logger,
): Promise<() => Promise<void>> {
  const path = operatorSocketPath(stateDir);
  await makeFolder(dirname(path), 0o700);
  // Left by a server that was killed: the lock on the records proves that no other server runs here.
  await rm(path, { force: true });
  const server = createServer((request, response) => void answer(request, response, sessions, log));
  server.listen(path);
  await once(server, 'listening');
  return async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  sessions: OperatorSessions,
  log: Logger,
): Promise<void> {
  try {
    send(response, 200, await perform(`${request.method} ${request.url}`, sessions, log));
  } catch (failure) {
    if (!(failure instanceof LabError)) log.error({ failure }, 'a command of the operator failed');
    const { status, code } = failure instanceof LabError ? failure : { status: 500, code: 'LAB_ERR_INTERNAL' };
    send(response, status, { code, message: failure instanceof Error ? failure.message : String(failure) });
  }
}

/** @throws {LabError} */
async function perform(request: string, sessions: OperatorSessions, log: Logger): Promise<unknown> {
  if (request === 'GET /sessions') return sessions.list();
  const id = /^DELETE \/sessions\/([a-z0-9]{1,32})$/.exec(request)?.[1];
  if (id === undefined)
    throw new LabError(
      'LAB_ERR_BAD_REQUEST',
      `found “${request}”, expected GET /sessions or DELETE /sessions/ID; is the command of another version?`,
    );
  log.info({ session: id }, 'the operator ends a session');
  await sessions.end(id);
  return {};
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
