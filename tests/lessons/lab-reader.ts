// A reader without a browser: speaks the lab server's HTTP API and WebSocket as a page does, cookie and origin included.
import { WebSocket } from 'ws';
import type { ErrorBody, SessionView } from '../../server/protocol/messages.ts';
import { closeCode } from '../../server/protocol/close-codes.ts';
import type { ViewerLink } from '../../server/terminals/terminal-service.ts';

// The longest check may take 120 s, a start under full load 60 s.
const answerWithinMs = 150_000;

export class LabReader {
  readonly url: string;
  #cookie = '';

  /**
   * @param url where the lab server is, `http://127.0.0.1:4321`
   * @param cookie the cookie of an earlier reader, who comes back after a restart
   */
  constructor(url: string, cookie = '') {
    this.url = url.replace(/\/$/, '');
    this.#cookie = cookie;
  }

  /** `name=value`, empty before the first answer. */
  get cookie(): string {
    return this.#cookie;
  }

  /** @throws {Error} with the server's code and message when it refuses */
  async call<Answer>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        origin: this.url,
        ...(this.#cookie === '' ? {} : { cookie: this.#cookie }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    this.#keepCookies(response);
    const text = await response.text();
    if (!response.ok) {
      const { code, message } = parseError(text);
      throw new Error(`${method} ${path}: ${response.status} ${code}: ${message}`);
    }
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  }

  /** The session's socket, for terminals. @throws {Error} when it does not open */
  async openSocket(session: SessionView): Promise<ViewerLink> {
    const url = `${this.url.replace(/^http/, 'ws')}/api/sessions/${session.id}/socket`;
    const socket = new WebSocket(url, {
      headers: { cookie: this.#cookie, origin: this.url },
      perMessageDeflate: false,
    });
    const link = linkOf(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return link;
  }

  #keepCookies(response: Response): void {
    const given = response.headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
    if (given.length > 0) this.#cookie = given.join('; ');
  }
}

function parseError(text: string): ErrorBody {
  try {
    return JSON.parse(text) as ErrorBody;
  } catch {
    // A page instead of JSON: this is not a lab server.
    return { code: 'not a lab server', message: text.slice(0, 200) };
  }
}

/** What arrives before a listener is set is kept for it. */
function linkOf(socket: WebSocket): ViewerLink {
  const text = listenerWithMemory<string>();
  const binary = listenerWithMemory<Uint8Array>();
  const closed = listenerWithMemory<{ code: number; reason: string }>();
  socket.on('message', (data: Buffer, isBinary) => (isBinary ? binary.emit(data) : text.emit(data.toString())));
  socket.on('close', (code, reason) => closed.emit({ code, reason: reason.toString() }));
  // The close event that follows every error says the rest.
  socket.on('error', (error) => closed.emit({ code: closeCode.internal, reason: error.message }));
  return {
    sendText: (message) => socket.send(message),
    sendBinary: (data) => socket.send(data),
    onText: text.listen,
    onBinary: binary.listen,
    onClose: (listener) => closed.listen(({ code, reason }) => listener(code, reason)),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.close(1000),
  };
}

function listenerWithMemory<Value>() {
  const early: Value[] = [];
  let listener: ((value: Value) => void) | undefined;
  return {
    emit(value: Value): void {
      if (listener === undefined) early.push(value);
      else listener(value);
    },
    listen(next: (value: Value) => void): void {
      listener = next;
      for (const value of early.splice(0)) next(value);
    },
  };
}
