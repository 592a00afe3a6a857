// Types bytes into a pty in small pieces, in order, waiting while the program does not read. Bounded.
import type { PtyProcess } from './pty-process.ts';

// A tty holds 4096 bytes for a program that reads by line and may lose the rest: each piece stays well below.
const pieceBytes = 1024;
// Long enough for readline to take a piece, short enough that 32 KiB are typed in a tenth of a second.
const pieceEveryMs = 3;
// The program is not reading (asleep, or stopped): look again several times a second, not as fast as the processor can.
const retryEveryMs = 20;
// A pasted frame and the largest run block together; if more than that waits, nobody is reading.
const maxWaitingBytes = 256 * 1024;

export class PtyInput {
  readonly #pty: Pick<PtyProcess, 'write'>;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(pty: Pick<PtyProcess, 'write'>) {
    this.#pty = pty;
  }

  /** @returns false, and takes nothing, when too much is waiting already. */
  push(bytes: Uint8Array): boolean {
    if (this.#bytes + bytes.length > maxWaitingBytes) return false;
    for (let at = 0; at < bytes.length; at += pieceBytes) this.#waiting.push(bytes.slice(at, at + pieceBytes));
    this.#bytes += bytes.length;
    if (this.#timer === undefined) this.#type();
    return true;
  }

  /** Drops what has not been typed yet, for example because the reader interrupts. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
    this.#bytes = 0;
  }

  #type(): void {
    this.#timer = undefined;
    const piece = this.#waiting[0];
    if (piece === undefined) return;
    const taken = this.#pty.write(piece);
    this.#bytes -= taken;
    if (taken === piece.length) this.#waiting.shift();
    else this.#waiting[0] = piece.subarray(taken);
    if (this.#waiting.length > 0)
      this.#timer = setTimeout(() => this.#type(), taken === 0 ? retryEveryMs : pieceEveryMs);
  }
}
