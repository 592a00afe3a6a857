// One WebSocket that reconnects by itself. Knows only the messages `hello` and `pong`; no session, no page.
import type { Request, ServerEvent } from '../../server/protocol/messages.ts';
import { protocolVersion } from '../../server/protocol/messages.ts';
import { closeCode } from '../../server/protocol/close-codes.ts';
import { pingEveryMs, pongWithinMs } from '../../server/protocol/limits.ts';
import { socketProtocol } from '../../server/protocol/reader-token.ts';
import { reconnectDelayMs } from './backoff.ts';
import { socketProtocols } from './reader-token.ts';

export type ConnectionState =
  | { name: 'connecting' }
  | { name: 'open' }
  /** `retryAt`: by the page’s clock, performance.now(), which nobody can set. */
  | { name: 'waiting'; retryAt: number }
  /** Closed for good; `code` is the close code, 1000 when this page closed it. */
  | { name: 'closed'; code: number };

export interface ConnectionListener {
  onState(state: ConnectionState): void;
  /** Called with every message except `pong`; `hello` comes first after each connection. */
  onEvent(event: ServerEvent): void;
  onBinary(data: Uint8Array): void;
  /** The server's protocol is not this page's. */
  onMismatch(protocol: number): void;
}

/** What a connection needs from its environment; tests supply their own. */
export interface ConnectionSurroundings {
  createSocket(url: string): WebSocket;
  now(): number;
  random(): number;
}

const browser: ConnectionSurroundings = {
  createSocket: (url) => new WebSocket(url, socketProtocols(socketProtocol)),
  now: () => performance.now(),
  random: () => Math.random(),
};

// A server that accepts the connection and says nothing is as good as absent; a restart takes it about two seconds.
const helloWithinMs = 10_000;
// After these the session is gone: another attempt would be refused in the same way.
const finalCodes: number[] = [closeCode.forbidden, closeCode.noSession, closeCode.ended];
// Two protocol errors in a row are not an accident; reconnecting would loop.
const mostBadMessages = 2;

export class Connection {
  readonly #url: string;
  readonly #listener: ConnectionListener;
  readonly #around: ConnectionSurroundings;
  #state: ConnectionState = { name: 'connecting' };
  #socket: WebSocket | undefined;
  #socketListeners = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #badMessages = 0;
  #pings = 0;

  constructor(url: string, listener: ConnectionListener, around: ConnectionSurroundings = browser) {
    this.#url = url;
    this.#listener = listener;
    this.#around = around;
    this.#connect();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Sends if connected. @returns false if not: nothing is kept for later. */
  send(message: Request | Uint8Array<ArrayBuffer>): boolean {
    if (this.#state.name !== 'open' || this.#socket === undefined) return false;
    this.#socket.send(message instanceof Uint8Array ? message : JSON.stringify(message));
    return true;
  }

  /** Tries at once if it is waiting, because the network is back or the reader asked for it. */
  retryNow(): void {
    if (this.#state.name === 'waiting') this.#connect();
  }

  /** Asks for a sign of life now, for example after the computer was asleep. */
  probe(): void {
    if (this.#state.name === 'open') this.#ping();
  }

  close(): void {
    if (this.#state.name !== 'closed') this.#finish(1000);
  }

  #connect(): void {
    this.#dropSocket();
    this.#become({ name: 'connecting' });
    const socket = this.#around.createSocket(this.#url);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#socketListeners = new AbortController();
    const { signal } = this.#socketListeners;
    socket.addEventListener('message', (event: MessageEvent<string | ArrayBuffer>) => this.#receive(event.data), {
      signal,
    });
    socket.addEventListener('close', (event) => this.#lost(event.code), { signal });
    this.#timer = setTimeout(() => this.#lost(0), helloWithinMs);
  }

  #receive(data: string | ArrayBuffer): void {
    if (this.#state.name === 'open') this.#schedulePing();
    if (typeof data !== 'string') return this.#listener.onBinary(new Uint8Array(data));
    const event = JSON.parse(data) as ServerEvent;
    if (event.type === 'pong') return;
    if (event.type === 'hello') {
      if (event.protocol !== protocolVersion) {
        this.#finish(closeCode.badMessage);
        return this.#listener.onMismatch(event.protocol);
      }
      this.#attempt = 0;
      this.#schedulePing();
      this.#state = { name: 'open' };
      this.#listener.onEvent(event);
      return this.#listener.onState(this.#state);
    }
    this.#listener.onEvent(event);
  }

  #schedulePing(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ping(), pingEveryMs);
  }

  #ping(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lost(0), pongWithinMs);
    this.send({ type: 'ping', id: ++this.#pings });
  }

  /** @param code the close code, 0 when this side gave up */
  #lost(code: number): void {
    this.#dropSocket();
    if (finalCodes.includes(code)) return this.#finish(code);
    this.#badMessages = code === closeCode.badMessage ? this.#badMessages + 1 : 0;
    if (this.#badMessages >= mostBadMessages) return this.#finish(code);
    this.#attempt++;
    // The server asked to wait, or said that it is full: so there are no quick first attempts.
    const attempt = code === closeCode.tooMany ? this.#attempt + 5 : this.#attempt;
    const delayMs = reconnectDelayMs(attempt, this.#around.random());
    this.#timer = setTimeout(() => this.#connect(), delayMs);
    this.#become({ name: 'waiting', retryAt: this.#around.now() + delayMs });
  }

  #finish(code: number): void {
    this.#dropSocket();
    this.#become({ name: 'closed', code });
  }

  #dropSocket(): void {
    clearTimeout(this.#timer);
    this.#socketListeners.abort();
    this.#socket?.close();
    this.#socket = undefined;
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    this.#listener.onState(state);
  }
}
