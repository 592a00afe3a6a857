// A machine's stand-in security key, which runs beside QEMU: hears from it whether it is waiting for a touch, and touches it.
import type { Socket } from 'node:net';
import { z } from 'zod';
import { LabError } from '../../errors.ts';
import { JsonLines } from './json-lines.ts';
import { connectSandboxSocket } from './sandbox-socket.ts';

/** The interval of attempts to reach a key that is being started. Starting takes 0.1 s, on a crowded host seconds. */
const lookEveryMs = 1_000;
/** The time in which the key does what it was waiting to do, and answers: hundredths of a second, on a crowded host seconds. */
const touchTimeoutMs = 15_000;
/** A line from the key has 50 bytes. */
const maxLineBytes = 1_024;
/**
 * How often the key is read. It says something a few times a minute; whoever has taken its place and says something all the
 * time is heard no more often, at most 64 KiB at once, and the rest waits in the socket.
 */
const readEveryMs = 50;

const stateLine = z.object({ wantsTouch: z.boolean() });
const touchedLine = z.object({ touched: z.boolean() });

export interface SecurityKeyWatchOptions {
  machine: string;
  /** The key's socket on this host. */
  path: string;
  /** Called when `wantsTouch` may have changed. */
  onChange: () => void;
}

export class SecurityKeyWatch {
  readonly #options: SecurityKeyWatchOptions;
  #wantsTouch = false;
  #socket: Socket | undefined;
  #isConnecting = false;
  #timer: NodeJS.Timeout | undefined;
  #touching: PromiseWithResolvers<boolean> | undefined;

  constructor(options: SecurityKeyWatchOptions) {
    this.#options = options;
  }

  get wantsTouch(): boolean {
    return this.#wantsTouch;
  }

  /** Listens to the key from now on, across its restarts. */
  start(): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => void this.#connect(), lookEveryMs).unref();
    void this.#connect();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#socket?.destroy();
  }

  /** @throws {LabError} LAB_ERR_BUSY when it is not waiting for a touch, LAB_ERR_EXEC when it does not answer */
  async touch(): Promise<void> {
    const { machine } = this.#options;
    const isNotWaiting = () =>
      new LabError('LAB_ERR_BUSY', `the security key of ${machine} is not waiting for a touch`);
    if (!this.#wantsTouch || this.#socket === undefined) throw isNotWaiting();
    if (this.#touching === undefined) {
      this.#touching = Promise.withResolvers();
      // Each caller below awaits it and gets its failure; this only keeps one that comes before that from ending the process.
      this.#touching.promise.catch(() => undefined);
      this.#socket.write('{"touch": true}\n');
    }
    const touching = this.#touching;
    const timer = setTimeout(() => this.#fail(`it did not answer within ${touchTimeoutMs / 1000} s`), touchTimeoutMs);
    const touched = await touching.promise.finally(() => clearTimeout(timer));
    if (!touched) throw isNotWaiting();
  }

  async #connect(): Promise<void> {
    if (this.#socket !== undefined || this.#isConnecting) return;
    this.#isConnecting = true;
    try {
      const socket = await connectSandboxSocket(this.#options.path);
      if (this.#timer === undefined) socket.destroy();
      else this.#listen(socket);
    } catch {
      // The key is being started, or has ended with the machine: try again later.
    } finally {
      this.#isConnecting = false;
    }
  }

  #listen(socket: Socket): void {
    this.#socket = socket;
    const lines = new JsonLines(maxLineBytes, (said) => this.#heard(said));
    socket.on('data', (chunk: Buffer) => {
      try {
        this.#hear(() => lines.feed(chunk));
        socket.pause();
        setTimeout(() => socket.resume(), readEveryMs).unref();
      } catch {
        // Whatever answered is not the key.
        socket.destroy();
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#fail('it has ended');
      this.#hear(() => (this.#wantsTouch = false));
    });
  }

  /** However much is said at once, only what it comes to is told. */
  #hear(said: () => void): void {
    const wantedTouch = this.#wantsTouch;
    try {
      said();
    } finally {
      if (this.#wantsTouch !== wantedTouch) this.#options.onChange();
    }
  }

  #heard(said: unknown): void {
    const state = stateLine.safeParse(said);
    if (state.success) this.#wantsTouch = state.data.wantsTouch;
    const answer = touchedLine.safeParse(said);
    if (!answer.success) return;
    this.#touching?.resolve(answer.data.touched);
    this.#touching = undefined;
  }

  #fail(reason: string): void {
    this.#touching?.reject(new LabError('LAB_ERR_EXEC', `the security key was not touched: ${reason}`));
    this.#touching = undefined;
  }
}
