// Sessions of the running server, requested over its operator's socket. Knows no records and no sandboxes.
import { request } from 'node:http';
import { z } from 'zod';
import { operatorSocketPath } from '../../server/http/operator-socket.ts';
import type { OperatorSession } from '../../server/sessions/operator-sessions.ts';
import type { SessionsSource } from './sessions-source.ts';

/** A server that is busy with the starts of a whole class answers within a second. */
const listWithinMs = 15_000;
/** Removing a sandbox took 3 s under full load; a start in progress is ended first. */
const endWithinMs = 120_000;

const errorSchema = z.object({ code: z.string(), message: z.string() });

/** @returns undefined when no server listens there. @throws {Error} when one does but cannot be asked */
export async function findRunningServer(stateDir: string): Promise<SessionsSource | undefined> {
  const ask = (method: string, path: string, withinMs: number) =>
    askServer(operatorSocketPath(stateDir), method, path, withinMs);
  const list = async () => (await ask('GET', '/sessions', listWithinMs)) as OperatorSession[];
  try {
    await list();
  } catch (failure) {
    if (isAbsent(failure)) return undefined;
    throw failure;
  }
  return {
    isServed: true,
    list,
    end: async (id) => void (await ask('DELETE', `/sessions/${id}`, endWithinMs)),
    close: () => undefined,
  };
}

/** There is no socket, or a killed server has left it. */
function isAbsent(failure: unknown): boolean {
  return ['ENOENT', 'ECONNREFUSED'].includes((failure as NodeJS.ErrnoException).code ?? '');
}

function askServer(socketPath: string, method: string, path: string, withinMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path, signal: AbortSignal.timeout(withinMs) }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve(answerOf(response.statusCode ?? 0, text));
        } catch (failure) {
          reject(failure);
        }
      });
    });
    call.on('error', (failure) => reject(explained(failure, socketPath, withinMs)));
    call.end();
  });
}

/** @throws {Error} with the server's own message when it refuses */
function answerOf(status: number, text: string): unknown {
  const body: unknown = JSON.parse(text);
  if (status === 200) return body;
  const refusal = errorSchema.safeParse(body).data;
  throw new Error(refusal === undefined ? `the server answered with status ${status}` : refusal.message);
}

/** Says what an operator can do about it; other errors are unchanged. */
function explained(failure: NodeJS.ErrnoException, socketPath: string, withinMs: number): Error {
  if (failure.name === 'AbortError' || failure.name === 'TimeoutError')
    return new Error(
      `the server does not answer on ${socketPath} within ${withinMs / 1000} s; stop it and start it again`,
    );
  if (failure.code === 'EACCES' || failure.code === 'EPERM')
    return new Error(`${socketPath} is another user's; run this as the user who runs the server`);
  return failure;
}
