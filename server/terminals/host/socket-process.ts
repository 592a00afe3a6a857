// A serial console's socket in place of a program on a pty: reconnected until the terminal is closed.
import * as fs from 'node:fs';
import * as net from 'node:net';
import type { TerminalSocket } from '../../machines/engine.ts';
import type { PtyProcess } from './pty-process.ts';

// A virtual machine that is switched off and on again, or restarted, is back within this time.
const reconnectEveryMs = 250;
// Dragging a window's edge changes the size many times a second; the machine is told only the last one.
const resizeAfterMs = 150;
// What the machine has not read yet; more keys wait in PtyInput, which has a limit of its own.
const maxUnsentBytes = 64 * 1024;
// Linux' O_PATH, the same number on all platforms that Node runs on; Node does not name it.
const openPathOnly = 0o10000000;

/** @param onResize called with the last size, once it has settled for a moment. */
export function connectSerial(
  { socket, wake }: TerminalSocket,
  onResize: (size: { columns: number; rows: number }) => void,
): PtyProcess {
  return new SocketProcess(socket, wake, onResize);
}

class SocketProcess implements PtyProcess {
  /** There is no process of our own. */
  readonly pid = 0;
  readonly #path: string;
  readonly #onResize: (size: { columns: number; rows: number }) => void;
  #wake: string;
  #onData: (bytes: Uint8Array) => void = () => undefined;
  #onLost: () => void = () => undefined;
  #socket: net.Socket | undefined;
  #isPaused = false;
  #hasConnected = false;
  #hasEnded = false;
  #retry: NodeJS.Timeout | undefined;
  #resize: NodeJS.Timeout | undefined;

  constructor(path: string, wake: string, onResize: (size: { columns: number; rows: number }) => void) {
    this.#path = path;
    this.#wake = wake;
    this.#onResize = onResize;
    this.#connect();
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#onData = listener;
  }

  /** Never called: a machine that is off may be switched on. */
  onExit(): void {
    return undefined;
  }

  onLost(listener: () => void): void {
    this.#onLost = listener;
  }

  /**
   * Keys for a machine that has gone are dropped, as on any serial line: its firmware must not get them later. Before the
   * first connection the machine is there, and the keys wait in PtyInput.
   */
  write(bytes: Uint8Array): number {
    if (this.#socket === undefined) return this.#hasConnected ? bytes.length : 0;
    if (this.#socket.writableLength + bytes.length > maxUnsentBytes) return 0;
    this.#socket.write(bytes);
    return bytes.length;
  }

  resize(columns: number, rows: number): void {
    clearTimeout(this.#resize);
    this.#resize = setTimeout(() => this.#onResize({ columns, rows }), resizeAfterMs);
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#socket?.resume();
  }

  end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#resize);
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #connect(): void {
    const opened = openSocketFile(this.#path);
    if (opened === undefined) return this.#retrySoon();
    const socket = net.connect(`/proc/self/fd/${opened}`);
    let isConnected = false;
    const closeFile = () => fs.closeSync(opened);
    socket.once('connect', () => {
      closeFile();
      isConnected = true;
      if (this.#hasEnded) return void socket.destroy();
      this.#connected(socket);
    });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      if (!isConnected) closeFile();
      if (this.#hasEnded) return;
      this.#socket = undefined;
      if (isConnected) this.#onLost();
      this.#retrySoon();
    });
  }

  #connected(socket: net.Socket): void {
    this.#socket = socket;
    this.#hasConnected = true;
    socket.on('data', (bytes: Buffer) => this.#onData(bytes));
    if (this.#isPaused) socket.pause();
    if (this.#wake !== '') socket.write(this.#wake);
    this.#wake = '';
  }

  #retrySoon(): void {
    this.#retry = setTimeout(() => this.#connect(), reconnectEveryMs);
  }
}

/**
 * Opens a socket's file, to be connected to through /proc/self/fd: the path belongs to a sandbox, which may have replaced it
 * with a link to another socket of this host. This way, no path is too long either.
 */
function openSocketFile(path: string): number | undefined {
  let opened: number;
  try {
    opened = fs.openSync(path, openPathOnly | fs.constants.O_NOFOLLOW);
  } catch {
    // Not there, or not yet; if it is something else, the next try will say the same.
    return undefined;
  }
  // With O_NOFOLLOW the link itself is opened.
  if (fs.fstatSync(opened).isSocket()) return opened;
  fs.closeSync(opened);
  return undefined;
}
