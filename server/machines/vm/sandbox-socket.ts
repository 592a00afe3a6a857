// Connects to a Unix socket in a place where a hostile program may write: follows no link, gives up in time.
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';

/** open(2) on Linux; Node does not name it. */
const oPath = 0o10_000_000;
/** A listening socket on the same host answers at once; QEMU answers between two blocks of work, within some 100 ms. */
const connectTimeoutMs = 5_000;

/**
 * The path is opened without following a link in its last part, and the connection goes to what was opened: nobody can put
 * another socket there in between. This also avoids the limit of 108 bytes for the path.
 * @throws {NodeJS.ErrnoException} ENOENT or ECONNREFUSED while nobody listens; ENOTSOCK for anything but a socket; ETIMEDOUT
 */
export async function connectSandboxSocket(path: string): Promise<Socket> {
  const handle = openSync(path, oPath | constants.O_NOFOLLOW);
  try {
    if (!fstatSync(handle).isSocket()) {
      throw Object.assign(new Error(`${path}: expected a socket`), { code: 'ENOTSOCK' });
    }
    return await connect(`/proc/self/fd/${handle}`, path);
  } finally {
    closeSync(handle);
  }
}

function connect(path: string, shownPath: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path });
    const fail = (failure: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(failure);
    };
    const timer = setTimeout(
      () =>
        fail(
          Object.assign(new Error(`${shownPath}: no connection after ${connectTimeoutMs} ms`), { code: 'ETIMEDOUT' }),
        ),
      connectTimeoutMs,
    );
    socket.once('error', fail);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}
