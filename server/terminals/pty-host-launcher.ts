// Finds the pty host of a state directory, or starts one that outlives this process.
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LabError } from '../errors.ts';
import { hostLogPath, hostSocketPath } from './host-protocol/host-paths.ts';
import { hostProtocol } from './host-protocol/host-messages.ts';
import { HostControl } from './host-control.ts';
import { killHostByLock } from './hung-host.ts';
import type { TerminalEvent } from './terminal-service.ts';

export interface LaunchOptions {
  stateDir: string;
  /** For tests: how long the host stays when it has nothing to do. */
  idleEndMs?: number;
  /** For tests: how often the host is asked whether it answers. */
  heartbeatMs?: number;
  /** For tests: how long an existing host may be silent before it is replaced. */
  silentMs?: number;
}

// As long as a running server waits for its host (host-heartbeat.ts): a busy host answers sooner.
const longestSilenceMs = 30_000;
// Starting takes 0.3 s; a machine that builds images and a site at the same time is given much more.
const startWithinMs = 20_000;
const lookEveryMs = 25;
// An old host's programs get 2.5 s to end.
const endWithinMs = 10_000;
// The path must fit into a sockaddr_un (108 bytes with the final zero).
const maxSocketPathBytes = 107;
// The log records only starts, exits and faults; a new host starts a new log when this one has become longer than that.
const maxLogBytes = 1024 * 1024;

/**
 * A control connection to the host of this directory; starts the host when none answers.
 * @throws {LabError} LAB_ERR_SETTING when the path is too long, LAB_ERR_PTY_HOST when no host can be reached or started.
 */
export async function ensurePtyHost(
  options: LaunchOptions,
  onEvent?: (event: TerminalEvent) => void,
  onClose?: () => void,
): Promise<HostControl> {
  const socketPath = hostSocketPath(options.stateDir);
  requireShortPath(socketPath);
  const found = await connectOrReplace(options, () => connect(socketPath, onEvent, onClose));
  if (found !== undefined) {
    if (found.welcome.protocol === hostProtocol) return found.control;
    await replaceOldHost(found, socketPath);
  }
  start(options);
  const control = await waitForHost(socketPath, onEvent, onClose);
  if (control !== undefined) return control;
  const log = hostLogPath(options.stateDir);
  throw new LabError(
    'LAB_ERR_PTY_HOST',
    `The pty host did not start within ${startWithinMs / 1000} s; ${log} says why.`,
  );
}

/**
 * Ends the host of this directory and all its terminals, if there is one.
 * @returns whether there was one.
 */
export async function shutdownPtyHost(stateDir: string, silentMs?: number): Promise<boolean> {
  const socketPath = hostSocketPath(stateDir);
  const wait = silentMs === undefined ? {} : { silentMs };
  let wasHung = false;
  const found = await connectOrReplace({ stateDir, ...wait, onReplaced: () => (wasHung = true) }, () =>
    connect(socketPath),
  );
  if (found === undefined) return wasHung;
  await found.control.request('shutdown', {});
  await waitForEnd(found.welcome.pid);
  return true;
}

type Found = NonNullable<Awaited<ReturnType<typeof HostControl.connect>>>;

async function connect(
  socketPath: string,
  onEvent?: (event: TerminalEvent) => void,
  onClose?: () => void,
): Promise<Found | undefined> {
  try {
    return await HostControl.connect(socketPath, onEvent, onClose);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LabError('LAB_ERR_PTY_HOST', `Found ${socketPath}, but ${why}; end that process and start again.`, error);
  }
}

interface ReplaceOptions extends Pick<LaunchOptions, 'stateDir' | 'silentMs'> {
  onReplaced?: () => void;
}

/**
 * A host that accepts the connection but does not answer is given time, then killed: a server that starts has no other way to
 * have terminals.
 * @returns undefined when there is none, or no longer. @throws {LabError} LAB_ERR_PTY_HOST when it is unknown which process it is.
 */
async function connectOrReplace(
  { stateDir, silentMs = longestSilenceMs, onReplaced }: ReplaceOptions,
  tryOnce: () => Promise<Found | undefined>,
): Promise<Found | undefined> {
  const beganAt = performance.now();
  for (;;) {
    try {
      return await tryOnce();
    } catch (error) {
      if (performance.now() - beganAt < silentMs) {
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
        continue;
      }
      const pid = killHostByLock(stateDir);
      if (pid === undefined) throw error;
      fs.appendFileSync(hostLogPath(stateDir), `the pty host (pid ${pid}) did not answer and was killed\n`);
      await waitForEnd(pid);
      onReplaced?.();
      return undefined;
    }
  }
}

/** A host of another protocol that has terminals is left alone: they are somebody's work. */
async function replaceOldHost({ control, welcome }: Found, socketPath: string): Promise<void> {
  if (welcome.terminals > 0) {
    control.close();
    throw new LabError(
      'LAB_ERR_PTY_HOST',
      `Found a pty host (pid ${welcome.pid}) of protocol ${welcome.protocol} with ${welcome.terminals} terminals on ` +
        `${socketPath}, expected protocol ${hostProtocol}: start the version that made them until its sessions have ` +
        'ended, or end them all with: npm run clean',
    );
  }
  await control.request('shutdown', {});
  await waitForEnd(welcome.pid);
}

function start({ stateDir, idleEndMs }: LaunchOptions): void {
  fs.mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const logPath = hostLogPath(stateDir);
  const isLong = (fs.statSync(logPath, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes;
  const log = fs.openSync(logPath, isLong ? 'w' : 'a', 0o600);
  const main = fileURLToPath(new URL('./host/main.ts', import.meta.url));
  const idle = idleEndMs === undefined ? [] : ['--idle-end-ms', String(idleEndMs)];
  // Detached is setsid(2): neither the end of this process nor that of its window reaches the host.
  const child = spawn(process.execPath, [main, '--state-dir', stateDir, ...idle], {
    detached: true,
    stdio: ['ignore', log, log],
    // Not the folder in which the server was started: some programs leave files in their working folder (conmon: `oom`).
    cwd: stateDir,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', LANG: 'C.UTF-8' },
  });
  // If the host could not be started, nobody answers on the socket, which is noticed at the time limit.
  child.on('error', (error) => fs.appendFileSync(logPath, `${error.message}\n`));
  child.unref();
  fs.closeSync(log);
}

async function waitForHost(
  socketPath: string,
  onEvent?: (event: TerminalEvent) => void,
  onClose?: () => void,
): Promise<HostControl | undefined> {
  const deadline = performance.now() + startWithinMs;
  while (performance.now() < deadline) {
    const found = await connect(socketPath, onEvent, onClose);
    if (found !== undefined) return found.control;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  return undefined;
}

async function waitForEnd(pid: number): Promise<void> {
  const deadline = performance.now() + endWithinMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline)
      throw new LabError('LAB_ERR_PTY_HOST', `The pty host (pid ${pid}) did not end within ${endWithinMs / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function requireShortPath(socketPath: string): void {
  const length = Buffer.byteLength(socketPath);
  if (length <= maxSocketPathBytes) return;
  throw new LabError(
    'LAB_ERR_SETTING',
    `Found a socket path of ${length} bytes (${socketPath}), expected at most ${maxSocketPathBytes}: choose a shorter --state-dir.`,
  );
}
