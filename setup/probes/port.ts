// Whether the port is free and, if not, which process has it.
import { createServer } from 'node:net';
import { execa } from 'execa';
import type { ProbeContext, ProbeLine } from './probe.ts';

const name = 'port';
/** A server on this machine answers in milliseconds; one that takes longer is not ours. */
const answerMs = 2_000;

export async function probePort({ config }: ProbeContext): Promise<ProbeLine> {
  const address = `${config.host}:${config.port}`;
  if (config.port === 0) return { name, state: 'ok', found: 'any free one (--port 0)' };
  const code = await tryListening(config.host, config.port);
  if (code === undefined) return { name, state: 'ok', found: `${address} is free` };
  if (code !== 'EADDRINUSE') {
    return { name, state: 'fail', found: `${address}: ${code}`, mend: 'npm start -- --port 4322' };
  }
  const owner = await ownerOf(config.host, config.port);
  return { name, state: 'fail', found: `${address} is in use by ${owner}`, mend: 'npm start -- --port 4322' };
}

/** @returns undefined when it worked, otherwise the error's code */
function tryListening(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (failure: NodeJS.ErrnoException) => resolve(failure.code ?? failure.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

async function ownerOf(host: string, port: number): Promise<string> {
  if (await isLabServer(host, port)) return 'an EU OS Labs server';
  const { stdout } = await execa('ss', ['-Hltnp', `sport = :${port}`], { reject: false, timeout: answerMs });
  const owner = /users:\(\("([^"]+)",pid=(\d+)/.exec(stdout ?? '');
  return owner === null ? 'another program' : `${owner[1]} (process ${owner[2]})`;
}

/** Whether a lab server answers there: its /health says so. */
export async function isLabServer(host: string, port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://${host.includes(':') ? `[${host}]` : host}:${port}/health`, {
      signal: AbortSignal.timeout(answerMs),
    });
    const text = await response.text();
    return text.includes('"seats"');
  } catch {
    // Not HTTP, or no answer in time: then it is not a lab server.
    return false;
  }
}
