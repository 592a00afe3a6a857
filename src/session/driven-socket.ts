// A WebSocket that a test controls. Only for unit tests: no network; no page imports it.
import type { ServerEvent } from '../../server/protocol/messages.ts';

/** Takes the place of the browser's WebSocket, as far as a connection uses it. */
export class DrivenSocket extends EventTarget {
  readonly url: string;
  binaryType = 'blob';
  sent: unknown[] = [];
  isClosed = false;

  constructor(url = 'ws://lab.test/') {
    super();
    this.url = url;
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  close(): void {
    this.isClosed = true;
  }

  /** The server sends a message. */
  receive(event: ServerEvent): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(event) }));
  }

  /** The server or the network ends the connection. */
  lose(code = 1006): void {
    this.dispatchEvent(Object.assign(new Event('close'), { code }));
  }
}
