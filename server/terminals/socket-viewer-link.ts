// A viewer link over a framed socket: keeps what arrives before there is a listener. Relays; interprets nothing.
import { closeCode } from '../protocol/close-codes.ts';
import type { FramedSocket, FramedSocketListeners } from './host-protocol/framed-socket.ts';
import type { ViewerLink } from './terminal-service.ts';

export class SocketViewerLink implements ViewerLink {
  #socket: FramedSocket | undefined;
  #onText: ((text: string) => void) | undefined;
  #onBinary: ((data: Uint8Array) => void) | undefined;
  #onClose: ((code: number, reason: string) => void) | undefined;
  // Before a page has attached anything the host sends block and exit events only: few, and small.
  #earlyTexts: string[] = [];
  #closed: { code: number; reason: string } | undefined;

  /** For the connection: the listeners that its messages go to. */
  readonly listeners: FramedSocketListeners = {
    onText: (text) => {
      if (this.#onText === undefined) this.#earlyTexts.push(text);
      else this.#onText(text);
    },
    onBinary: (data) => this.#onBinary?.(data),
    onClose: (code, reason) => {
      if (this.#closed !== undefined) return;
      this.#closed = { code, reason };
      this.#onClose?.(code, reason);
    },
  };

  begin(socket: FramedSocket): void {
    this.#socket = socket;
  }

  sendText(text: string): void {
    this.#socket?.sendText(text);
  }

  sendBinary(data: Uint8Array): void {
    this.#socket?.sendBinary(data);
  }

  onText(listener: (text: string) => void): void {
    this.#onText = listener;
    for (const text of this.#earlyTexts.splice(0)) listener(text);
  }

  /** Output comes only after an attach request, so none can be early. */
  onBinary(listener: (data: Uint8Array) => void): void {
    this.#onBinary = listener;
  }

  onClose(listener: (code: number, reason: string) => void): void {
    this.#onClose = listener;
    if (this.#closed !== undefined) listener(this.#closed.code, this.#closed.reason);
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  close(): void {
    this.#socket?.close(closeCode.goingAway, 'the page left');
  }
}
