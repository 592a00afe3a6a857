// A client of QEMU's monitor (QMP) over a Unix socket. Knows the protocol, not what the commands mean.
import type { Socket } from 'node:net';
import { JsonLines, type JsonObject } from './json-lines.ts';
import { connectSandboxSocket } from './sandbox-socket.ts';

export interface QmpEvent {
  /** For example `SHUTDOWN`, `BLOCK_IO_ERROR`, `GUEST_PANICKED`. */
  event: string;
  data: JsonObject;
  /** Milliseconds since 1970, by QEMU's clock. */
  at: number;
}

/** QEMU refused a command, did not answer in time, or is gone. */
export class QmpError extends Error {
  override name = 'QmpError';
  /** QEMU's own class of the refusal, for example `GenericError`; absent when it did not answer. */
  readonly refusal: string | undefined;

  constructor(message: string, refusal?: string) {
    super(message);
    this.refusal = refusal;
  }
}

/** The longest answer that is asked for, query-block with eight disks, has 40 kB. */
const maxLineBytes = 1024 * 1024;
/** QEMU serves the monitor between blocks of guest code and disk work: within milliseconds, or seconds on a crowded host. */
const answerTimeoutMs = 10_000;

interface Waiting {
  resolve(value: unknown): void;
  reject(failure: Error): void;
  timer: NodeJS.Timeout;
}

export class QmpClient {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onEvent = new Set<(event: QmpEvent) => void>();
  readonly #onClose = new Set<() => void>();
  readonly #greeting = Promise.withResolvers<void>();
  #nextId = 1;
  #failure: QmpError | undefined;
  /** QEMU's version from its greeting, for example `10.0.13`. */
  version = '';

  /**
   * Connects and leaves negotiation mode. There is one client at a time: another one waits until this one closes.
   * @throws {QmpError} when the greeting does not come; as `connectSandboxSocket` while QEMU is not there yet
   */
  static async connect(path: string, timeoutMs = answerTimeoutMs): Promise<QmpClient> {
    const client = new QmpClient(await connectSandboxSocket(path));
    const timer = setTimeout(() => client.#fail('QEMU’s monitor did not greet in time'), timeoutMs);
    try {
      await client.#greeting.promise;
      clearTimeout(timer);
      await client.execute('qmp_capabilities', undefined, timeoutMs);
      return client;
    } catch (failure) {
      // QEMU would keep the next client waiting until this one ends.
      client.close();
      throw failure;
    } finally {
      clearTimeout(timer);
    }
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#greeting.promise.catch(() => undefined);
    const lines = new JsonLines(maxLineBytes, (object) => this.#receive(object));
    socket.on('data', (chunk: Buffer) => {
      try {
        lines.feed(chunk);
      } catch (failure) {
        this.#fail(failure instanceof Error ? failure.message : String(failure));
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#fail('QEMU has closed its monitor'));
  }

  get isClosed(): boolean {
    return this.#failure !== undefined;
  }

  /** @returns the command's `return`. @throws {QmpError} */
  execute<Result = JsonObject>(command: string, args?: JsonObject, timeoutMs = answerTimeoutMs): Promise<Result> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    return new Promise<Result>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new QmpError(`QEMU did not answer ${command} within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#socket.write(`${JSON.stringify({ execute: command, ...(args && { arguments: args }), id })}\n`);
    });
  }

  /** @returns a function that ends the subscription */
  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.#onEvent.add(listener);
    return () => void this.#onEvent.delete(listener);
  }

  /** Called once, when QEMU ends, breaks the protocol, or `close` was called; at once if that has already happened. */
  onClose(listener: () => void): void {
    if (this.#failure === undefined) this.#onClose.add(listener);
    else listener();
  }

  /**
   * Waits for an event. To be called before the command that causes the event.
   * @throws {QmpError} when it does not come in time, or QEMU ends
   */
  nextEvent(matches: (event: QmpEvent) => boolean, timeoutMs: number): Promise<QmpEvent> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        stop();
        this.#onClose.delete(closed);
      };
      const closed = () => {
        end();
        reject(this.#failure ?? new QmpError('QEMU has closed its monitor'));
      };
      const timer = setTimeout(() => {
        end();
        reject(new QmpError(`QEMU did not report the expected event within ${timeoutMs} ms`));
      }, timeoutMs);
      const stop = this.onEvent((event) => {
        if (!matches(event)) return;
        end();
        resolve(event);
      });
      this.onClose(closed);
    });
  }

  close(): void {
    this.#fail('the monitor’s connection was closed');
  }

  #receive(object: JsonObject): void {
    if ('QMP' in object) {
      const { version } = object['QMP'] as { version?: { qemu?: Record<string, number> } };
      const qemu = version?.qemu;
      this.version = qemu === undefined ? '' : `${qemu['major']}.${qemu['minor']}.${qemu['micro']}`;
      this.#greeting.resolve();
    } else if (typeof object['event'] === 'string') {
      const { seconds = 0, microseconds = 0 } = (object['timestamp'] ?? {}) as Record<string, number>;
      const event = {
        event: object['event'],
        data: (object['data'] ?? {}) as JsonObject,
        at: seconds * 1000 + Math.floor(microseconds / 1000),
      };
      for (const listener of this.#onEvent) listener(event);
    } else this.#answer(object);
  }

  #answer(object: JsonObject): void {
    const id = object['id'];
    const waiting = typeof id === 'number' ? this.#waiting.get(id) : undefined;
    // An answer that came too late.
    if (waiting === undefined || typeof id !== 'number') return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    const error = object['error'] as { class?: string; desc?: string } | undefined;
    if (error === undefined) waiting.resolve(object['return']);
    else waiting.reject(new QmpError(error.desc ?? 'QEMU refused the command', error.class ?? 'GenericError'));
  }

  #fail(message: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = new QmpError(message);
    this.#socket.destroy();
    this.#greeting.reject(this.#failure);
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(this.#failure);
    }
    this.#waiting.clear();
    for (const listener of this.#onClose) listener();
    this.#onClose.clear();
    this.#onEvent.clear();
  }
}
