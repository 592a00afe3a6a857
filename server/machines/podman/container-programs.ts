// Programs inside a sandbox's container: with a terminal and without one, and hanging them up. Those in virtual machines are elsewhere.
import { LabError } from '../../errors.ts';
import { lastWords } from '../../printable-text.ts';
import type { ExecRequest, ExecResult, TerminalCommand } from '../engine.ts';
import type { Captured, Podman } from './podman-command.ts';

/** In the environment of everything that a terminal starts. */
const terminalMark = 'LAB_TERMINAL';
/** For reading the environment of some hundred processes. */
const hangUpTimeoutMs = 5_000;
/** For podman's own work around an exec (0.1 s), and the kill after the time limit. */
const execGraceMs = 5_000;

/** The first words of podman's message where it passes on the runtime's exit status. */
const ofRuntime = /^Error: (no such container|can only create exec|no container with|OCI |runc: |crun: )/m;

/** The login shell of a container machine. */
export const containerShell = ['/usr/lib/lab/shell'];

/**
 * The environment of a terminal's shell, as `NAME=value`.
 * @param terminal the terminal's number, for `hangUpRequest`; absent for a shell that nobody will end
 */
export function terminalEnvironment(terminal: number | undefined): string[] {
  const mark = terminal === undefined ? [] : [`${terminalMark}=${terminal}`];
  return ['TERM=xterm-256color', 'LANG=C.UTF-8', 'COLORTERM=truecolor', ...mark];
}

/** The command that runs a program of a container on the pty it is started on. */
export function terminalCommand(
  podman: Podman,
  container: string,
  environment: readonly string[],
  argv: readonly string[],
): TerminalCommand {
  const env = environment.flatMap((pair) => ['--env', pair]);
  return {
    file: 'podman',
    args: [...podman.globalArgs(), 'exec', '--interactive', '--tty', ...env, container, ...argv],
    env: podmanEnvironment(),
  };
}

/** The request that hangs up what a terminal's shell left running. */
export function hangUpRequest(machine: string, terminal: number): ExecRequest {
  // Finds all processes that inherited the terminal's mark; nothing else distinguishes them from another terminal's.
  const hangUp = `grep -lszx '${terminalMark}=${terminal}' /proc/[0-9]*/environ | cut -d/ -f3 | xargs -r kill -HUP`;
  return { machine, argv: ['sh', '-c', hangUp], timeoutMs: hangUpTimeoutMs, maxOutputBytes: 4_096 };
}

/** Runs a program without a terminal. @throws {LabError} LAB_ERR_EXEC when the container cannot be reached */
export async function execInContainer(podman: Podman, container: string, request: ExecRequest): Promise<ExecResult> {
  const env = Object.entries(request.env ?? {}).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
  // timeout(1) inside the machine kills the program's whole group there: ending podman alone would leave it running.
  const seconds = (request.timeoutMs / 1000).toFixed(1);
  const limit = ['timeout', '--signal=TERM', '--kill-after=1', seconds];
  const args = ['exec', '--interactive', ...env, container, ...limit, ...request.argv];
  const result = await podman.capture(args, {
    timeoutMs: request.timeoutMs + execGraceMs,
    stdin: request.stdin ?? '',
    maxOutputBytes: request.maxOutputBytes,
  });
  if (isPodmansOwn(result)) {
    // A program in the sandbox can print the same words.
    throw new LabError('LAB_ERR_EXEC', `machine ${request.machine} cannot be reached: ${lastWords(result.stderr)}`);
  }
  // timeout(1) ends with 124, or 137 when it had to kill.
  const struck = result.timedOut || result.exitCode === 124 || result.exitCode === 137;
  return {
    ...(struck || result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
    stdout: result.stdout,
    stderr: result.stderr,
  };
}

/** What podman itself needs from the server's environment, and nothing else. */
function podmanEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'USER'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/**
 * Whether podman or the runtime failed, not the program, which then was never started and has printed nothing. Seen when the
 * container is gone, the runtime is broken, or a fork bomb has left no room for a process.
 */
export function isPodmansOwn({ exitCode, stdout, stderr }: Captured): boolean {
  if (exitCode === undefined || exitCode < 125 || stdout !== '') return false;
  // A program may end with 125 as well: a podman in the sandbox, or timeout(1), which says its own name.
  const ofPodman = exitCode === 125 ? /^Error: /m : ofRuntime;
  return ofPodman.test(stderr);
}
