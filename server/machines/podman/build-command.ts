// Runs one command of an image build: output to a log, lines to a listener, ended together with the builder, errors made readable.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { LabError } from '../../errors.ts';

export interface BuildCommand {
  file: string;
  args: string[];
  /** Where all output goes; the error message names it. */
  log: string;
  /** What failed, for the message: "the base's packages". */
  what: string;
  /** The mirror's address, for the message when the network has failed. */
  source: string;
  timeoutMs: number;
  signal: AbortSignal;
  env?: Record<string, string>;
  onLine?: (line: string) => void;
}

/** Lines of output kept for the error message. */
const tailLines = 60;

/**
 * Runs the command to its end.
 * @throws {LabError} LAB_ERR_IMAGE with what was found and how to fix it; the signal's reason when aborted
 */
export async function runBuildCommand(command: BuildCommand): Promise<void> {
  await mkdir(dirname(command.log), { recursive: true, mode: 0o700 });
  // There is no `await` from here to the listener in `run`, so no abort is missed.
  command.signal.throwIfAborted();
  const tail: string[] = [];
  const ended = await run(command, (line) => {
    tail.push(line);
    if (tail.length > tailLines) tail.shift();
    command.onLine?.(line);
  });
  command.signal.throwIfAborted();
  if (ended === 0) return;
  throw new LabError('LAB_ERR_IMAGE', explain(command, ended, tail.join('\n')));
}

function run(command: BuildCommand, onLine: (line: string) => void): Promise<number | string> {
  return new Promise((resolve) => {
    const [file = '', ...args] = [...endsWithUs(), ...usualUmask, command.file, ...command.args];
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C.UTF-8', ...command.env },
    });
    const log = createWriteStream(command.log);
    // When this process has too many open files, neither the log nor the child's outputs exist; the child's error says why.
    log.on('error', () => undefined);
    for (const stream of [child.stdout, child.stderr] as (Readable | undefined)[]) {
      if (stream === undefined) continue;
      stream.pipe(log, { end: false });
      createInterface({ input: stream }).on('line', onLine);
    }
    let killedBecause: string | undefined;
    const kill = (reason: string) => {
      killedBecause ??= reason;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => kill(`not done after ${command.timeoutMs / 60_000} minutes`), command.timeoutMs);
    const onAbort = () => kill('stopped');
    command.signal.addEventListener('abort', onAbort, { once: true });
    const end = (result: number | string) => {
      clearTimeout(timer);
      command.signal.removeEventListener('abort', onAbort);
      log.end();
      resolve(killedBecause ?? result);
    };
    child.once('error', (failure) => end(failure.message));
    child.once('close', (code, signal) => end(code ?? `ended by ${signal}`));
  });
}

/** The server's own files are private, but the users of an image must be able to read what the build makes. */
const usualUmask = ['sh', '-c', 'umask 022; exec "$@"', 'sh'];

/**
 * The kernel ends the command when this process dies, however it dies; for root also everything that the command started,
 * because it has a process namespace of its own. So no build goes on when nobody waits for it.
 */
function endsWithUs(): string[] {
  const dieWithParent = ['setpriv', '--pdeathsig', 'KILL', '--'];
  if (process.getuid?.() !== 0) return dieWithParent;
  return [...dieWithParent, 'unshare', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--'];
}

/** Makes one message from the tools' output; the output itself is in the log. */
export function explain(
  command: Pick<BuildCommand, 'what' | 'source' | 'log'>,
  ended: number | string,
  output: string,
): string {
  const prefix = `Building ${command.what} failed`;
  if (/No space left on device|not enough free space|disk quota exceeded/i.test(output)) {
    return `${prefix}: the disk is full. Free 4 GB on the disk of ${command.log}, or choose another place with --storage-dir, and start again.`;
  }
  const network =
    /^.*\b[EW]: .*(Temporary failure resolving|Could not resolve|Could not connect|Unable to connect|Connection timed out|Connection failed|Failed to fetch).*$/m.exec(
      output,
    );
  if (network) {
    return (
      `${prefix}: the package mirror ${command.source} cannot be reached (${network[0].trim().slice(0, 200)}). ` +
      'Connect this host to it, or name another with EUOS_LABS_MIRROR=http://…/debian, and start again.'
    );
  }
  if (typeof ended === 'string' && /ENOENT/.test(ended)) {
    return `${prefix}: setpriv is not installed. Install util-linux.`;
  }
  const last = output.split('\n').filter((line) => /\bE:|[Ee]rror|failed|not found/.test(line));
  const said = (last.at(-2) === undefined ? last : last.slice(-2)).join(' ').slice(0, 400);
  const status = typeof ended === 'number' ? `exit status ${ended}` : ended;
  return `${prefix} (${status})${said === '' ? '' : `: ${said}`}. The whole output is in ${command.log}.`;
}
