// The lab server as a child process: starts it, finds its address, stops it. Prints the server's output.
import path from 'node:path';
import { execa } from 'execa';
import { logLine } from './log-line.ts';

export interface ServerProcess {
  url: string;
  /** The server's exit status; 128 + 9 when it had to be killed. */
  ended: Promise<number>;
  /** Asks the server to end; kills it when it does not. A second call does nothing more. */
  stop(): void;
}

// Time for Node, its modules and a socket; images and sandboxes come later.
const addressWithinMs = 60_000;
// Time for the server to tell open pages and close its sockets; its own limit is shorter.
const stopWithinMs = 15_000;

/**
 * @param flags for server/main.ts
 * @param say gets what the server prints, one line each
 * @throws {Error} with the server's last lines when it ends, or prints no address in time
 */
export async function startServerProcess(
  root: string,
  flags: string[],
  say: (line: string) => void,
): Promise<ServerProcess> {
  const child = execa(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', path.join(root, 'server/main.ts'), ...flags],
    {
      cwd: root,
      all: true,
      buffer: false,
      reject: false,
      // In its own process group: Ctrl-C reaches this process, which stops the server once and in order.
      detached: true,
      forceKillAfterDelay: stopWithinMs,
    },
  );
  const ended = child.then((result) => result.exitCode ?? 137);
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill();
      reject(new Error(`the server printed no address within ${addressWithinMs / 1000} s`));
    }, addressWithinMs);
    const read = async () => {
      for await (const line of child.iterable({ from: 'all' })) {
        const address = addressIn(line);
        if (address !== undefined) {
          clearTimeout(timer);
          resolve(address);
          continue;
        }
        const text = logLine(line);
        if (text !== undefined) say(text);
      }
      clearTimeout(timer);
      reject(new Error('the server ended: see its lines above'));
    };
    read().catch(reject);
  });
  return { url, ended, stop: () => child.kill('SIGTERM') };
}

/** The address in the line by which server/main.ts says that it is up; other lines may contain other addresses. */
export function addressIn(line: string): string | undefined {
  return /^EU OS Labs: (http:\/\/\S+:\d+)$/.exec(line)?.[1];
}
