// Requests and answers on a control connection to the pty host. Does not know how the host was started or who asks.
import { LabError, errorTable, type ErrorCode } from '../errors.ts';
import { connectToHost } from './pty-host-connection.ts';
import type { ControlMessage, ControlRequest, Welcome } from './host-protocol/host-messages.ts';
import type { FramedSocket } from './host-protocol/framed-socket.ts';
import type { TerminalEvent } from './terminal-service.ts';

// The host answers each request at once; on a machine that is busy with an image build, even that can take a while.
const answerWithinMs = 15_000;

type Method = ControlRequest['method'];
type Params<M extends Method> = Extract<ControlRequest, { method: M }>['params'];

interface Waiting {
  resolve(result: unknown): void;
  reject(error: LabError): void;
  timer: NodeJS.Timeout;
}

export class HostControl {
  readonly #waiting = new Map<number, Waiting>();
  readonly #onEvent: (event: TerminalEvent) => void;
  readonly #onClose: () => void;
  #socket: FramedSocket | undefined;
  #pid = 0;
  #lastId = 0;

  private constructor(onEvent: (event: TerminalEvent) => void, onClose: () => void) {
    this.#onEvent = onEvent;
    this.#onClose = onClose;
  }

  /** @returns undefined when no host listens on the socket. */
  static async connect(
    socketPath: string,
    onEvent: (event: TerminalEvent) => void = () => undefined,
    onClose: () => void = () => undefined,
  ): Promise<{ control: HostControl; welcome: Welcome } | undefined> {
    const control = new HostControl(onEvent, onClose);
    const connection = await connectToHost(
      socketPath,
      { role: 'control' },
      {
        onText: (text) => control.#receive(JSON.parse(text) as ControlMessage),
        onBinary: () => control.close(),
        onClose: (_code, reason) => control.#closed(reason),
      },
    );
    if (connection === undefined) return undefined;
    control.#socket = connection.socket;
    control.#pid = connection.welcome.pid;
    return { control, welcome: connection.welcome };
  }

  /** @throws {LabError} what the host refused, or LAB_ERR_PTY_HOST when it is gone or does not answer. */
  request<M extends Method>(method: M, params: Params<M>): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const socket = this.#socket;
      if (socket === undefined)
        return reject(new LabError('LAB_ERR_PTY_HOST', 'The connection to the pty host is closed.'));
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(
          new LabError('LAB_ERR_PTY_HOST', `The pty host did not answer "${method}" within ${answerWithinMs} ms.`),
        );
      }, answerWithinMs);
      this.#waiting.set(id, { resolve, reject, timer });
      socket.sendText(JSON.stringify({ id, method, params }));
    });
  }

  close(): void {
    this.#socket?.close(1000, 'the server disconnects');
  }

  /**
   * Ends the host at once, and its terminals. The pid cannot belong to another process while the host holds the other end of
   * the socket.
   */
  kill(): void {
    if (this.#socket === undefined) return;
    try {
      process.kill(this.#pid, 'SIGKILL');
    } catch (error) {
      // It has just ended by itself; the socket will say so.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }

  #receive(message: ControlMessage): void {
    if ('event' in message) return this.#onEvent(message.event);
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    this.#waiting.delete(message.id);
    clearTimeout(waiting.timer);
    if ('error' in message) waiting.reject(new LabError(knownCode(message.error.code), message.error.message));
    else waiting.resolve(message.result);
  }

  #closed(reason: string): void {
    this.#socket = undefined;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new LabError('LAB_ERR_PTY_HOST', `The pty host went away: ${reason}.`));
    }
    this.#waiting.clear();
    this.#onClose();
  }
}

function knownCode(code: string): ErrorCode {
  return code in errorTable ? (code as ErrorCode) : 'LAB_ERR_PTY_HOST';
}
