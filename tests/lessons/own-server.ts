// The runner's own lab server: with its own state directory and port, and the images of this host. It ends with the runner.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { readConfig } from '../../server/config.ts';
import { LabError } from '../../server/errors.ts';
import type { Engine } from '../../server/machines/engine.ts';
import { createPodmanEngine } from '../../server/machines/podman/podman-engine.ts';
import { connectTerminalService } from '../../server/terminals/pty-host-service.ts';
import { shutdownPtyHost } from '../../server/terminals/pty-host-launcher.ts';
import { projectRoot } from './built-lessons.ts';

export interface OwnServer extends AsyncDisposable {
  url: string;
  /** Waits until a sandbox that no session uses is ready, with its services up. For a server with --prepared only. */
  untilPrepared(): Promise<void>;
}

// Time for Node, its modules and a socket; the server is up before images and sandboxes are ready.
const startWithinMs = 60_000;
const stopWithinMs = 30_000;
// A start under full load was seen to take 8 s.
const preparedWithinMs = 60_000;
/** Each look at the services runs a program in a container; a look at the shell costs less. */
const lookEveryMs = 100;

/**
 * @param extraFlags settings for `server/main.ts`, after the runner's own
 * @throws {Error} with the server's last lines when it does not print an address in time
 */
export async function startOwnServer(
  extraFlags: string[] = [],
  environment: Record<string, string> = {},
): Promise<OwnServer> {
  const { storageDir } = readConfig([], process.env);
  const stateDir = await mkdtemp(path.join(tmpdir(), 'eu-os-labs-'));
  const flags = [
    '--state-dir',
    stateDir,
    '--storage-dir',
    storageDir,
    '--port',
    '0',
    '--log-level',
    'warn',
    '--prepared',
    '0',
    ...extraFlags,
  ];
  const child = execa(process.execPath, [path.join(projectRoot, 'server/main.ts'), ...flags], {
    cwd: projectRoot,
    env: environment,
    all: true,
    buffer: { all: false, stdout: false, stderr: false },
    reject: false,
    forceKillAfterDelay: stopWithinMs,
  });
  const url = await readAddress(child.iterable({ from: 'all' }));
  return {
    url,
    untilPrepared: () => waitUntilPrepared(stateDir, storageDir),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await child;
      await shutdownPtyHost(stateDir);
      await stopSandboxes(stateDir, storageDir);
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** Goes on reading after the address, so that the server never waits for a full pipe. */
async function readAddress(lines: AsyncIterable<string>): Promise<string> {
  const last: string[] = [];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no address within ${startWithinMs / 1000} s`)), startWithinMs);
    const read = async () => {
      for await (const line of lines) {
        last.push(line);
        if (last.length > 20) last.shift();
        const address = /http:\/\/[\w.:[\]-]+:\d+/.exec(line)?.[0];
        if (address !== undefined) resolve(address);
      }
      reject(new Error(`the lab server ended:\n${last.join('\n')}`));
    };
    read()
      .catch(reject)
      .finally(() => clearTimeout(timer));
  });
}

async function stopSandboxes(stateDir: string, storageDir: string): Promise<void> {
  using engine = createPodmanEngine({ stateDir, storageDir });
  if ((await engine.open()) !== undefined) return;
  for (const id of await engine.list()) await engine.stop(id);
}

async function waitUntilPrepared(stateDir: string, storageDir: string): Promise<void> {
  using engine = await openEngine(stateDir, storageDir);
  const deadline = performance.now() + preparedWithinMs;
  const isReady = isWorkstationReady(engine);
  while (performance.now() < deadline) {
    for (const id of await engine.list()) if (await isReady(id)) return untilShell(stateDir, id, deadline);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  throw new Error(`no sandbox was prepared within ${preparedWithinMs / 1000} s`);
}

/**
 * Whether a sandbox has a workstation whose services are up. Those of other labs have none; and the engine is not asked
 * for their status, because that would take the monitors of their virtual machines from the server.
 */
function isWorkstationReady(engine: Engine): (id: string) => Promise<boolean> {
  const request = {
    machine: 'workstation',
    argv: ['test', '-e', '/run/lab/ready'],
    timeoutMs: 10_000,
    maxOutputBytes: 1_000,
  };
  return async (id) => {
    try {
      return (await engine.exec(id, request)).exitCode === 0;
    } catch (failure) {
      // The machine does not exist, not yet or no longer.
      if (failure instanceof LabError && failure.code === 'LAB_ERR_EXEC') return false;
      throw failure;
    }
  };
}

/** The server's own shell in a prepared sandbox starts after the services: it is ready when it has printed something. */
async function untilShell(stateDir: string, id: string, deadline: number): Promise<void> {
  const terminals = await connectTerminalService({ stateDir });
  try {
    while (!(await terminals.list(id)).some(({ offset }) => offset > 0)) {
      if (performance.now() > deadline)
        throw new Error(`the sandbox ${id} is prepared, but its shell has printed nothing`);
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  } finally {
    await terminals.disconnect();
  }
}

/** @throws {Error} with what is missing on this host */
async function openEngine(stateDir: string, storageDir: string): Promise<Engine & Disposable> {
  const engine = createPodmanEngine({ stateDir, storageDir });
  const missing = await engine.open();
  if (missing !== undefined) throw new Error(missing);
  return engine;
}
