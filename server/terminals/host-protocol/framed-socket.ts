// A Unix socket that carries messages instead of bytes. Serves either end; knows nothing about their meaning.
import type { Socket } from 'node:net';
import { closeCode } from '../../protocol/close-codes.ts';
import {
  decodeClose,
  encodeClose,
  encodeMessage,
  FramingError,
  MessageReader,
  messageKind,
} from './message-framing.ts';

export interface FramedSocketListeners {
  onText(text: string): void;
  onBinary(data: Buffer): void;
  /** Called once, whichever end closed. Without a close message, the code is `internal`. */
  onClose(code: number, reason: string): void;
}

// Flow control limits live output to some 100 kB per terminal; if more than this waits, the other side has stopped reading.
const maxBufferedBytes = 16 * 1024 * 1024;
// Time for the close message to get through before the socket is cut.
const closeWithinMs = 2_000;

export class FramedSocket {
  readonly #socket: Socket;
  #listeners: FramedSocketListeners;
  #close: { code: number; reason: string } | undefined;
  #isClosed = false;

  constructor(socket: Socket, listeners: FramedSocketListeners, maxBytes?: number) {
    this.#socket = socket;
    this.#listeners = listeners;
    const reader = new MessageReader((kind, payload) => this.#receive(kind, payload), maxBytes);
    socket.on('data', (chunk: Buffer) => {
      if (this.#close !== undefined) return;
      try {
        reader.feed(chunk);
      } catch (error) {
        if (!(error instanceof FramingError)) throw error;
        this.close(closeCode.badMessage, error.message);
      }
    });
    // The error itself is of no use here: the `close` event that follows is what counts.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#closed());
  }

  /** Another owner takes over, for example once the hello said what the connection is for. */
  listen(listeners: FramedSocketListeners): void {
    this.#listeners = listeners;
  }

  sendText(text: string): void {
    this.#send(encodeMessage(messageKind.text, Buffer.from(text)));
  }

  sendBinary(data: Uint8Array): void {
    this.#send(encodeMessage(messageKind.binary, data));
  }

  /** Says why and hangs up. Nothing that arrives after this is passed on. */
  close(code: number, reason: string): void {
    if (this.#close !== undefined || this.#isClosed) return;
    this.#close = { code, reason };
    this.#socket.end(encodeClose(code, reason));
    this.#socket.resume();
    const timer = setTimeout(() => this.#socket.destroy(), closeWithinMs);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  unref(): void {
    this.#socket.unref();
  }

  #send(message: Uint8Array): void {
    if (this.#close !== undefined || this.#isClosed) return;
    this.#socket.write(message);
    if (this.#socket.writableLength > maxBufferedBytes) {
      this.#close = { code: closeCode.tooSlow, reason: `more than ${maxBufferedBytes} bytes are waiting unread` };
      this.#socket.destroy();
    }
  }

  #receive(kind: number, payload: Buffer): void {
    if (this.#close !== undefined) return;
    if (kind === messageKind.text) this.#listeners.onText(payload.toString('utf8'));
    else if (kind === messageKind.binary) this.#listeners.onBinary(payload);
    else {
      this.#close = decodeClose(payload);
      this.#socket.end();
    }
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { code, reason } = this.#close ?? {
      code: closeCode.internal,
      reason: 'the connection to the pty host was lost',
    };
    this.#listeners.onClose(code, reason);
  }
}
