// One program on a pseudo-terminal: bytes out with back-pressure, bytes in without loss, its end. Knows no screen.
//
// Of node-pty only the native part (fork, resize) is used: its Terminal class throws away unread output 200 ms after the
// program has ended, which loses the last lines of a program that flow control had paused.
import * as fs from 'node:fs';
import * as tty from 'node:tty';
import * as nodePty from 'node-pty';
import type { TerminalCommand } from '../../machines/engine.ts';

/** What a terminal needs from its program; tests bring their own. */
export interface PtyProcess {
  readonly pid: number;
  /** One listener each, to be set before the first turn of the event loop. */
  onData(listener: (bytes: Uint8Array) => void): void;
  /** After the program ended and its last output was given out. Signals count as 128 + number, as in shells. */
  onExit(listener: (exitCode: number) => void): void;
  /** The other side went away and may come back. Absent where that is the end. */
  onLost?(listener: () => void): void;
  /** @returns how many bytes the kernel took; 0 when its buffer is full or the program has ended. */
  write(bytes: Uint8Array): number;
  resize(columns: number, rows: number): void;
  pause(): void;
  resume(): void;
  /** Hangs up, and kills what ignores that. */
  end(): void;
}

export type SpawnPty = (command: TerminalCommand, columns: number, rows: number) => PtyProcess;

// The part of node-pty 1.1.0's native module that is used here; its typings do not list it.
interface NativePty {
  fork(
    file: string,
    args: string[],
    env: string[],
    cwd: string,
    columns: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helperPath: string,
    onExit: (code: number, signal: number) => void,
  ): { fd: number; pid: number };
  resize(fd: number, columns: number, rows: number): void;
}

const native = (nodePty as unknown as { native: NativePty }).native;

// Reads that follow an exit within this time belong to the program (VS Code waits the same time for silence).
const silenceAfterExitMs = 250;
// The program's exit is reported after this time, however much the processes that it left in the background print.
const longestDrainMs = 2_000;
// A shell gets this long to write its history after the hang-up.
const killAfterMs = 2_000;

// node-pty leaves the masters of earlier terminals open in each new program, so that closing one would not hang up its
// program while others live. bash can close descriptors above 9, dash cannot.
const closeInherited = 'for f in /proc/self/fd/*; do f=${f##*/}; ((f > 2)) && eval "exec $f>&-"; done; exec "$@"';

/** Starts a program. A program that cannot be started says so on the terminal and exits with 126 or 127. */
export const spawnPty: SpawnPty = (command, columns, rows) => {
  const env = {
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    ...command.env,
  };
  const state = new NativeProcess();
  const args = ['--norc', '--noprofile', '-c', closeInherited, 'terminal', command.file, ...command.args];
  const pairs = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  const onExit = (code: number, signal: number) => state.exited(signal === 0 ? code : 128 + signal);
  const { fd, pid } = native.fork('/bin/bash', args, pairs, '/', columns, rows, -1, -1, true, '', onExit);
  state.begin(fd, pid);
  return state;
};

class NativeProcess implements PtyProcess {
  pid = 0;
  #fd = -1;
  #socket: tty.ReadStream | undefined;
  #onData: (bytes: Uint8Array) => void = () => undefined;
  #onExit: (exitCode: number) => void = () => undefined;
  #exitCode: number | undefined;
  #silence: NodeJS.Timeout | undefined;
  #longest: NodeJS.Timeout | undefined;
  #kill: NodeJS.Timeout | undefined;

  begin(fd: number, pid: number): void {
    this.pid = pid;
    this.#fd = fd;
    this.#socket = new tty.ReadStream(fd);
    this.#socket.on('data', (bytes: Buffer) => {
      this.#onData(bytes);
      if (this.#exitCode !== undefined) this.#waitForSilence();
    });
    // By EIO Linux says that nobody has the other side open any more; `close` follows.
    this.#socket.on('error', () => this.#socket?.destroy());
    this.#socket.on('close', () => {
      this.#fd = -1;
      if (this.#exitCode !== undefined) this.#tellExit();
    });
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#onData = listener;
  }

  onExit(listener: (exitCode: number) => void): void {
    this.#onExit = listener;
  }

  exited(exitCode: number): void {
    this.#exitCode = exitCode;
    clearTimeout(this.#kill);
    if (this.#fd === -1) return this.#tellExit();
    // The kernel still holds at most some 64 KiB: these are read whatever flow control says.
    this.#socket?.resume();
    this.#longest = setTimeout(() => this.#socket?.destroy(), longestDrainMs);
    this.#waitForSilence();
  }

  write(bytes: Uint8Array): number {
    if (this.#fd === -1) return 0;
    try {
      // The descriptor is non-blocking. Synchronous, so that it cannot be closed and reused meanwhile.
      return fs.writeSync(this.#fd, bytes);
    } catch (error) {
      if (isErrno(error, 'EAGAIN') || isErrno(error, 'EIO')) return 0;
      throw error;
    }
  }

  resize(columns: number, rows: number): void {
    if (this.#fd !== -1 && this.#exitCode === undefined) native.resize(this.#fd, columns, rows);
  }

  pause(): void {
    if (this.#exitCode === undefined) this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  end(): void {
    if (this.#exitCode === undefined && this.pid > 0) {
      signal(this.pid, 'SIGHUP');
      this.#kill = setTimeout(() => signal(this.pid, 'SIGKILL'), killAfterMs);
    }
    this.#socket?.destroy();
  }

  #waitForSilence(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#socket?.destroy(), silenceAfterExitMs);
  }

  #tellExit(): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#longest);
    const exitCode = this.#exitCode ?? 0;
    const listener = this.#onExit;
    this.#onExit = () => undefined;
    listener(exitCode);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
