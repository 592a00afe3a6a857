// Decides what to do with each frame of a terminal: show it, cut it, or request what is missing. No xterm, no socket.
import type { ServerFrame } from '../../server/protocol/frames.ts';

export type StreamStep =
  | { do: 'write'; bytes: Uint8Array; /** Offset after these bytes. */ end: number }
  | { do: 'replace'; screen: Uint8Array; columns: number; rows: number; end: number }
  /** Bytes are missing: attach again, from `offset` if there is one. */
  | { do: 'attach' }
  | { do: 'nothing' };

export class TerminalStream {
  #next: number | undefined;
  #isAwaiting = true;

  /** Offset of the first byte not yet received; undefined before the first frame. */
  get offset(): number | undefined {
    return this.#next;
  }

  /** The page has requested the terminal: until the answer comes, frames that do not fit are leftovers. */
  attaching(): void {
    this.#isAwaiting = true;
  }

  /** The screen's content may be wrong: the next attach requests a whole screen. */
  forget(): void {
    this.#next = undefined;
  }

  take(frame: ServerFrame): StreamStep {
    if (frame.type === 'snapshot') {
      this.#isAwaiting = false;
      this.#next = frame.offset;
      return { do: 'replace', screen: frame.screen, columns: frame.columns, rows: frame.rows, end: frame.offset };
    }
    const next = this.#next ?? 0;
    const end = frame.offset + frame.bytes.length;
    if (frame.offset > next) return this.#isAwaiting ? { do: 'nothing' } : { do: 'attach' };
    this.#isAwaiting = false;
    this.#next = Math.max(next, end);
    if (end <= next) return { do: 'nothing' };
    return { do: 'write', bytes: frame.bytes.subarray(next - frame.offset), end };
  }
}
