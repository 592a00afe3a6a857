// The socket of the page's session: one at a time, for the session that was connected last. Passes on what it receives.
import { decodeServerFrame } from '../../server/protocol/frames.ts';
import type { Request, ServerEvent } from '../../server/protocol/messages.ts';
import { Connection, type ConnectionState } from './connection.ts';
import { socketUrl } from './lab-api.ts';
import { reloadOnce } from './reload-once.ts';
import type { SessionEmitter } from './session-events.ts';
import type { SessionKnowledge } from './session-knowledge.ts';

// A temporary refusal, for example while the server restarts, is over in seconds.
const againAfterMs = 2_000;

/** Connects the page to a session, and to the next one after a reset. */
export class SessionLink {
  readonly #knowledge: SessionKnowledge;
  readonly #events: SessionEmitter;
  readonly #isStillThere: (id: string) => Promise<boolean | undefined>;
  #connection: Connection | undefined;
  #connectedId: string | undefined;

  /** @param isStillThere asks the server whether a session whose socket it refuses still lives; undefined: no answer */
  constructor(
    knowledge: SessionKnowledge,
    events: SessionEmitter,
    isStillThere: (id: string) => Promise<boolean | undefined>,
  ) {
    this.#knowledge = knowledge;
    this.#events = events;
    this.#isStillThere = isStillThere;
  }

  /** Whether the socket is that of this session, open or not. */
  isOf(id: string): boolean {
    return id === this.#connectedId;
  }

  /** @param step the step whose reset led to another session */
  connect(id: string, step?: string): void {
    const before = this.#connectedId;
    // Ignores that the old socket closes: the page goes on with the new one.
    this.#connectedId = undefined;
    this.#connection?.close();
    this.#connectedId = id;
    if (before !== undefined && before !== id) this.#knowledge.clearBlocks(step);
    this.#connection = new Connection(socketUrl(id, location.href), {
      onState: (state) => this.#connectionIs(id, state),
      onEvent: (event) => this.#receive(event),
      onBinary: (data) => this.#events.emit('frame', decodeServerFrame(data)),
      onMismatch: (protocol) => reloadOnce(protocol),
    });
  }

  /** @returns false when disconnected: nothing was sent, and nothing is kept for later. */
  send(message: Request | Uint8Array<ArrayBuffer>): boolean {
    return this.#connection?.send(message) ?? false;
  }

  /** Tries again at once if it is waiting to. @returns whether it did */
  retry(): boolean {
    if (this.#connection?.state.name !== 'waiting') return false;
    this.#connection.retryNow();
    return true;
  }

  /** Finds out whether the connection still works. */
  probe(): void {
    this.#connection?.probe();
  }

  #connectionIs(id: string, connection: ConnectionState): void {
    if (!this.isOf(id)) return;
    const isOpen = connection.name === 'open';
    this.#knowledge.learn({ connection, ...(isOpen ? { wasConnected: true, server: 'present' } : {}) });
    if (isOpen) this.#events.emit('connected', undefined);
    if (connection.name === 'closed' && connection.code !== 1000) void this.#askWhy(id);
  }

  #receive(event: ServerEvent): void {
    switch (event.type) {
      case 'hello':
        if (this.isOf(event.session.id)) this.#knowledge.greet(event.session, event.blocks);
        return;
      case 'session':
        return this.#knowledge.learnOf(event.session);
      case 'block':
        return this.#knowledge.takeBlock(event.run);
      case 'exit':
        return this.#knowledge.takeExit(event);
      case 'size':
        return this.#events.emit('size', event);
      case 'error':
        return this.#events.emit('refused', event);
      case 'pong':
        return;
    }
  }

  /**
   * The server refuses the socket for good: because the session has ended, or only temporarily after all. If nothing answers,
   * the session may still live: the link waits for the server, longer each time, and asks again.
   */
  async #askWhy(id: string): Promise<void> {
    if ((await this.#isStillThere(id)) === false || !this.isOf(id)) return;
    this.#knowledge.learn({ connection: { name: 'waiting', retryAt: performance.now() + againAfterMs } });
    setTimeout(() => this.isOf(id) && this.connect(id), againAfterMs);
  }
}
