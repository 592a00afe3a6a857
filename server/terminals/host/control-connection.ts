// The server's own connection: opens, lists and ends terminals, and is told of exits and run blocks.
import { LabError } from '../../errors.ts';
import { closeCode } from '../../protocol/close-codes.ts';
import type { FramedSocket, FramedSocketListeners } from '../host-protocol/framed-socket.ts';
import { controlRequestSchema, type ControlMessage, type ControlRequest } from '../host-protocol/host-messages.ts';
import type { TerminalEvent } from '../terminal-service.ts';
import type { SessionTerminals } from './session-terminals.ts';

/** What a control connection may do with the host. */
export interface HostSessions {
  /** Makes the session if it does not exist. */
  session(session: string): SessionTerminals;
  find(session: string): SessionTerminals | undefined;
  all(): SessionTerminals[];
  end(session: string): void;
  shutdown(): void;
}

export class ControlConnection implements FramedSocketListeners {
  readonly #socket: FramedSocket;
  readonly #host: HostSessions;
  readonly #onGone: () => void;

  constructor(socket: FramedSocket, host: HostSessions, onGone: () => void) {
    this.#socket = socket;
    this.#host = host;
    this.#onGone = onGone;
    socket.listen(this);
  }

  onText(text: string): void {
    const parsed = controlRequestSchema.safeParse(parseJson(text));
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return this.#socket.close(
        closeCode.badMessage,
        `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a request'}`,
      );
    }
    this.#send(this.#answer(parsed.data));
  }

  onBinary(): void {
    this.#socket.close(closeCode.badMessage, 'found a binary message on a control connection, expected text');
  }

  onClose(): void {
    this.#onGone();
  }

  /** The host ends. */
  end(): void {
    this.#socket.close(closeCode.goingAway, 'the pty host is ending');
  }

  tell(event: TerminalEvent): void {
    this.#send({ event });
  }

  #send(message: ControlMessage): void {
    this.#socket.sendText(JSON.stringify(message));
  }

  #answer(request: ControlRequest): ControlMessage {
    try {
      return { id: request.id, result: this.#do(request) };
    } catch (error) {
      // A program that cannot be forked (no processes left) is reported to the server; it must not end the host.
      const code = error instanceof LabError ? error.code : 'LAB_ERR_PTY_HOST';
      return { id: request.id, error: { code, message: error instanceof Error ? error.message : String(error) } };
    }
  }

  #do(request: ControlRequest): unknown {
    switch (request.method) {
      case 'open':
        this.#host.session(request.params.session).open(request.params);
        return null;
      case 'list': {
        const { session } = request.params;
        const sessions = session === undefined ? this.#host.all() : [this.#host.find(session)];
        return sessions.flatMap((each) => each?.list() ?? []);
      }
      case 'close':
        this.#host.find(request.params.session)?.close(request.params.number);
        return null;
      case 'leavePrompt':
        this.#host.find(request.params.session)?.leavePrompt(request.params.number, request.params.isOff ?? false);
        return null;
      case 'closeSession':
        this.#host.end(request.params.session);
        return null;
      case 'blocks':
        return this.#host.find(request.params.session)?.blocks() ?? [];
      case 'idleTimes': {
        const now = performance.now();
        const used = this.#host.all().filter(({ lastActivityAt }) => lastActivityAt !== undefined);
        return used.map(({ session, lastActivityAt = now }) => [session, now - lastActivityAt]);
      }
      case 'shutdown':
        // After the answer has been sent.
        setImmediate(() => this.#host.shutdown());
        return null;
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Undefined is not a request: the schema refuses it, and the other side gets the reason.
    return undefined;
  }
}
