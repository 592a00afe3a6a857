// Whether a machine's stand-in security key waits for a touch, asking the agent as rarely as possible; and the touch itself.
import { LabError } from '../../errors.ts';
import type { AgentClient } from './agent-client.ts';

/** How often the security key is checked: a reader who has to touch it waits at most this long for the button. */
const keyEveryMs = 1_000;
/** After output on the console a program may need a touch; it waits half a minute for one. */
const keyAfterConsoleMs = 60_000;
/** A quiet machine is asked this often: each question costs the guest time, and a hundred guests cost the host. */
const keyWhenQuietMs = 10_000;
/** A guest on a crowded host needs seconds to answer; with a shorter limit a waiting key would be taken for one that does not wait. */
const answerWithinMs = 5_000;
/** Starting a program in a guest takes 0.1 s under emulation, and seconds on a crowded host. */
const touchTimeoutMs = 15_000;
const touchMark = '/run/lab/security-key/wants-touch';

export interface SecurityKeyWatchOptions {
  machine: string;
  agent: Pick<AgentClient, 'request' | 'exec'>;
  /** Whether the system is up: only then can the program that acts as the key be running. */
  isReady: () => boolean;
  /** Called after each look. */
  onLook: () => void;
}

export class SecurityKeyWatch {
  readonly #options: SecurityKeyWatchOptions;
  #wantsTouch = false;
  #isAsking = false;
  #askedAt = -Infinity;
  #consoleAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SecurityKeyWatchOptions) {
    this.#options = options;
  }

  get wantsTouch(): boolean {
    return this.#wantsTouch;
  }

  start(): void {
    this.stop();
    this.#timer = setInterval(() => void this.#askIfDue(), keyEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** There was output on the machine's console. */
  consoleMoved(): void {
    this.#consoleAt = performance.now();
  }

  /** The machine is gone, and its request for a touch with it. */
  forget(): void {
    this.#wantsTouch = false;
  }

  /** @throws {LabError} LAB_ERR_BUSY when the key is not waiting for a touch; {AgentError} */
  async touch(): Promise<void> {
    const { machine, agent } = this.#options;
    if (!this.#wantsTouch) {
      throw new LabError('LAB_ERR_BUSY', `the security key of ${machine} is not waiting for a touch`);
    }
    const run = { path: '/usr/lib/lab/security-key', args: ['touch'], timeoutMs: touchTimeoutMs };
    const { exitCode, stderr } = await agent.exec(run);
    if (exitCode !== 0) throw new LabError('LAB_ERR_EXEC', `the security key was not touched: ${stderr.trim()}`);
    await this.#ask();
  }

  async #askIfDue(): Promise<void> {
    const now = performance.now();
    const isQuiet = now - this.#consoleAt > keyAfterConsoleMs;
    if (!isQuiet || this.#wantsTouch || now - this.#askedAt > keyWhenQuietMs) await this.#ask();
  }

  /** Opening a file is one question to the agent, and starts no program in the guest. */
  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#askedAt = performance.now();
    try {
      this.#wantsTouch = this.#options.isReady() && (await this.#hasFile(touchMark));
      this.#options.onLook();
    } finally {
      this.#isAsking = false;
    }
  }

  async #hasFile(path: string): Promise<boolean> {
    const { agent } = this.#options;
    try {
      const handle = await agent.request<number>('guest-file-open', { path, mode: 'r' }, answerWithinMs);
      await agent.request('guest-file-close', { handle });
      return true;
    } catch {
      // No key, or no agent to ask: the button is not shown.
      return false;
    }
  }
}
