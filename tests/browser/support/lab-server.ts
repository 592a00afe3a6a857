// The real lab server as a process, with its own state directory: tests start it, kill it and start it again.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createPodmanEngine } from '../../../server/machines/podman/podman-engine.ts';
import { shutdownPtyHost } from '../../../server/terminals/pty-host-launcher.ts';
import { machineStates, makeFixtureSite } from './fixture-site.ts';
import { projectRoot } from './project-root.ts';

// For Node, its modules and a socket; on a loaded host this took 6 s.
const startWithinMs = 60_000;
/** A server that stops leaves machines running, so it has little to do: if it takes longer than this, it hangs. */
const endWithinMs = 30_000;

export class LabServer implements AsyncDisposable {
  readonly directory: string;
  readonly #flags: string[];
  /** Where the images of real sandboxes are; absent with the echo engine. */
  readonly #storageDir: string | undefined;
  #child: ChildProcess | undefined;
  port = 0;

  private constructor(directory: string, flags: string[], storageDir?: string) {
    this.directory = directory;
    this.#flags = flags;
    this.#storageDir = storageDir;
  }

  /** A server whose machines are shells on this host, with the fixture lesson. */
  static async withEcho(seats = 200): Promise<LabServer> {
    const directory = await mkdtemp(path.join(tmpdir(), 'eu-os-labs-browser-'));
    await makeFixtureSite(path.join(directory, 'site'));
    await makeEchoStates(path.join(directory, 'state', 'echo-states', 'machine'));
    const flags = [
      '--engine',
      'echo',
      '--site-dir',
      path.join(directory, 'site'),
      '--labs-dir',
      path.join(projectRoot, 'tests/browser/labs'),
    ];
    return LabServer.#started(directory, [
      ...flags,
      '--seats',
      String(seats),
      '--sessions-per-reader',
      '20',
      '--prepared',
      '0',
    ]);
  }

  /** The server as readers use it: real sandboxes, this repository's lessons, the host's image storage. */
  static async withPodman(storageDir: string): Promise<LabServer> {
    const directory = await mkdtemp(path.join(tmpdir(), 'eu-os-labs-browser-'));
    return LabServer.#started(directory, ['--storage-dir', storageDir], storageDir);
  }

  static async #started(directory: string, flags: string[], storageDir?: string): Promise<LabServer> {
    const server = new LabServer(directory, flags, storageDir);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const limits = [
      '--requests-per-minute',
      '100000',
      '--starts-per-minute',
      '1000',
      '--requests-per-minute-per-address',
      '1000000',
      '--starts-per-minute-per-address',
      '1000',
      '--sessions-per-address',
      '1000',
    ];
    const flags = [
      '--state-dir',
      path.join(this.directory, 'state'),
      '--port',
      '0',
      '--log-level',
      'warn',
      ...limits,
      ...this.#flags,
    ];
    this.#child = spawn(
      path.join(projectRoot, 'node_modules/.bin/node'),
      [path.join(projectRoot, 'server/main.ts'), ...flags],
      {
        cwd: projectRoot,
        env: { ...process.env, NODE_ENV: 'test' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.port = await readPort(this.#child);
  }

  /** Ends it as a crash would, or the kernel when memory is short. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#end('SIGTERM');
    } finally {
      // Also after a server that had to be killed: its machines would go on running.
      await shutdownPtyHost(path.join(this.directory, 'state'));
      await this.#stopSandboxes();
      await rm(this.directory, { recursive: true, force: true });
    }
  }

  /** A server that stops leaves the readers' machines running. */
  async #stopSandboxes(): Promise<void> {
    if (this.#storageDir === undefined) return;
    const engine = createPodmanEngine({ stateDir: path.join(this.directory, 'state'), storageDir: this.#storageDir });
    const missing = await engine.open();
    if (missing !== undefined) throw new Error(missing);
    for (const id of await engine.list()) await engine.stop(id);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const exit = once(child, 'exit', { signal: AbortSignal.timeout(endWithinMs) });
    child.kill(signal);
    try {
      await exit;
    } catch (cause) {
      child.kill('SIGKILL');
      throw new Error(`the lab server still ran ${endWithinMs / 1000} s after ${signal}, expected it to end`, {
        cause,
      });
    }
  }
}

/** Named states as the echo engine keeps them: the folder that a machine starts with. Each contains its own name. */
async function makeEchoStates(directory: string): Promise<void> {
  for (const name of machineStates) {
    const folder = path.join(directory, encodeURIComponent(name));
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'state-name'), `${name}\n`);
  }
}

/** The port in the address that the server prints. @throws {Error} with its last lines when there is none in time. */
async function readPort(child: ChildProcess): Promise<number> {
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new Error(`lab server: ${reason}\n${lines.join('\n')}`));
    const timer = setTimeout(() => fail(`no address within ${startWithinMs / 1000} s`), startWithinMs);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface(stream).on('line', (line) => {
        lines.push(line);
        if (lines.length > 40) lines.shift();
        const port = /http:\/\/[\w.[\]:-]+?:(\d+)/.exec(line)?.[1];
        if (port === undefined) return;
        clearTimeout(timer);
        resolve(Number(port));
      });
    }
    child.once('exit', (code) => fail(`ended with ${code}`));
  });
}
