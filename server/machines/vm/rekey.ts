// Gives a clone its own identity, before its reader sees its prompt: clock, random numbers, machine id, host key.
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { lastWords } from '../../printable-text.ts';
import { AgentError, type AgentClient } from './agent-client.ts';
import { connectSandboxSocket } from './sandbox-socket.ts';
import { makeSshKey } from './ssh-key.ts';

/** Usually 0.1 s; thirty clones at once on two processors took some seconds. */
const rekeyTimeoutMs = 60_000;
/** For starting a program of a hundred kilobytes in a guest on a crowded host. */
const armTimeoutMs = 60_000;
/** As much as the kernel's generator takes in one go. */
const seedBytes = 256;
const program = '/usr/lib/lab/rekey';
const done = 'done\n';

/**
 * A machine's port for a new identity. At the guest's end a process has been waiting since before the machine was saved: it
 * is already loaded, so it is the first thing that runs in a clone. Our end has to be connected before the machine resumes,
 * or the process finds nobody there.
 */
export class RekeyPort implements Disposable {
  readonly #socket: Socket;
  readonly #isOver = Promise.withResolvers<void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#isOver.promise.catch(() => undefined);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text === done) this.#isOver.resolve();
      else if (!done.startsWith(text))
        this.#fail(`found ${JSON.stringify(text.slice(0, 80))}, expected ${done.trim()}`);
    });
    socket.on('error', (failure) => this.#fail(failure.message));
    socket.on('close', () => this.#fail('QEMU has closed the port'));
  }

  /** @param path the socket on this host */
  static async connect(path: string): Promise<RekeyPort> {
    return new RekeyPort(await connectSandboxSocket(path));
  }

  /** To be called when the machine has just resumed. @throws {AgentError} when nothing answers in time */
  async rekey(timeoutMs = rekeyTimeoutMs): Promise<void> {
    const { privatePem, publicLine } = makeSshKey('');
    const seed = randomBytes(seedBytes).toString('hex');
    const words = [(Date.now() / 1000).toFixed(3), seed, publicLine, privatePem].join('\n');
    this.#socket.write(`${String(words.length).padStart(5, '0')}${words}`);
    const timer = setTimeout(() => this.#fail(`no answer within ${timeoutMs / 1000} s`), timeoutMs);
    await this.#isOver.promise.finally(() => clearTimeout(timer));
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #fail(reason: string): void {
    this.#isOver.reject(new AgentError(`the machine has not taken its new identity: ${reason}`));
    this.#socket.destroy();
  }
}

/** Starts the guest's process, which then waits; to be called before the machine is saved. @throws {AgentError} */
export async function armRekey(agent: AgentClient): Promise<void> {
  const { exitCode, stderr } = await agent.exec({ path: program, args: [], timeoutMs: armTimeoutMs });
  if (exitCode !== 0) throw new AgentError(`${program} ended with ${exitCode ?? 'no status'}: ${lastWords(stderr)}`);
}
