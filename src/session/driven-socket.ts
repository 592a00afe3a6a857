// A WebSocket that a test drives. Only for unit tests: no network, and nothing in the page imports it.
import type { ServerEvent } from '../../server/protocol/messages.ts';

/** Stands in for the browser's WebSocket as far as a connection uses one. */
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

  /** The server says something. */
  receive(event: ServerEvent): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(event) }));
  }

  /** The connection ends, by the server or by the network. */
  lose(code = 1006): void {
    this.dispatchEvent(Object.assign(new Event('close'), { code }));
  }
}
