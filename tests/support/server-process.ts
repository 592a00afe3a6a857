// The lab server as a separate process with real sandboxes: it can be started, killed, and started again on the same state and port.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, type ResultPromise } from 'execa';
import { readConfig } from '../../server/config.ts';
import { createPodmanEngine } from '../../server/machines/podman/podman-engine.ts';
import type { SessionView } from '../../server/protocol/messages.ts';
import { shutdownPtyHost } from '../../server/terminals/pty-host-launcher.ts';
import { LabReader } from '../lessons/lab-reader.ts';
import { pollUntil } from './page-terminal.ts';
import { until } from './test-lab-server.ts';

const main = join(import.meta.dirname, '../../server/main.ts');
// For Node, its modules and a socket; on a loaded host this took 6 s.
const startWithinMs = 60_000;
/** Images may have to be built first. */
const readyWithinMs = 1_500_000;

export interface ServerProcessOptions {
  flags?: string[];
  env?: Record<string, string>;
}

export class ServerProcess implements AsyncDisposable {
  readonly stateDir: string;
  readonly #options: ServerProcessOptions;
  #child: ResultPromise | undefined;
  /** Everything that it printed since the last start. */
  output = '';
  port = 0;

  private constructor(stateDir: string, options: ServerProcessOptions) {
    this.stateDir = stateDir;
    this.#options = options;
  }

  /** @throws {Error} with what it printed when it does not listen in time */
  static async start(options: ServerProcessOptions = {}): Promise<ServerProcess> {
    const server = new ServerProcess(await mkdtemp(join(tmpdir(), 'labs-')), options);
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** On a free port the first time, on the same one afterwards. */
  async start(): Promise<void> {
    const { storageDir } = readConfig([], process.env);
    const flags = ['--state-dir', this.stateDir, '--storage-dir', storageDir, '--port', String(this.port)];
    const quiet = ['--prepared', '0', '--log-level', 'warn'];
    const child = execa(process.execPath, [main, ...flags, ...quiet, ...(this.#options.flags ?? [])], {
      env: { ...this.#options.env },
      all: true,
      reject: false,
    });
    this.#child = child;
    this.output = '';
    child.all?.on('data', (data: Buffer) => (this.output += data.toString()));
    const found = () => /http:\/\/[\w.]+:(\d+)/.exec(this.output)?.[1];
    await pollUntil(
      () => found() !== undefined || child.exitCode !== null,
      () => this.output,
      startWithinMs,
    );
    if (found() === undefined) throw new Error(`the server ended with ${child.exitCode}: ${this.output}`);
    this.port = Number(found());
  }

  /** Ends it as a crash would, or the kernel when memory is short. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#child;
  }

  /** A new reader with a session in state ready. */
  async startSession(url = this.url, lab = 'build-image'): Promise<{ reader: LabReader; session: SessionView }> {
    const reader = new LabReader(url);
    const { id } = await reader.call<SessionView>('POST', '/api/sessions', { lab });
    const session = await until(
      () => reader.call<SessionView>('GET', `/api/sessions/${id}`),
      ({ state }) => state === 'ready' || state === 'failed',
      readyWithinMs,
    );
    if (session.state === 'failed') throw new Error(`the session failed: ${session.reason} ${session.detail}`);
    return { reader, session };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child?.kill('SIGTERM');
    await this.#child;
    await shutdownPtyHost(this.stateDir);
    const { storageDir } = readConfig([], process.env);
    const engine = createPodmanEngine({ stateDir: this.stateDir, storageDir });
    if ((await engine.open()) === undefined) for (const id of await engine.list()) await engine.stop(id);
    await rm(this.stateDir, { recursive: true, force: true });
  }
}
