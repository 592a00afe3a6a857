// Bounds the repeat counts of control sequences, and the length of their strings (string-bounds.ts), before xterm reads them.
// Changes nothing else in the stream.
//
// xterm obeys `CSI 2147483647 S`: it scrolls that many times, one line at a time, and everybody waits for an hour.
// So that nothing gets through, this code takes at least everything for a sequence that xterm does: xterm's decoder drops
// malformed UTF-8, and its parser executes control characters inside a sequence and goes on with it.

import { maxColumns } from './limits.ts';
import { joinBytes, StringBounds } from './string-bounds.ts';

export interface ScreenSize {
  columns: number;
  rows: number;
}

const escape = 0x1b;
const cancel = 0x18;
const substitute = 0x1a;
const bracket = 0x5b;
// CSI as one character, U+009B, in UTF-8.
const c1First = 0xc2;
const c1Csi = 0x9b;
/** For scrolling, and inserting and deleting lines: more than a screen of them gives the same screen. */
const byRows = new Set(['S', 'T', 'L', 'M']);
/** For tabs and repeated characters: programs repeat within a line, and a line has no more tab stops than columns. */
const byColumns = new Set(['I', 'Z', 'b']);
/** xterm keeps 32 parameters; the longest meaningful ones (colours) have some 130 bytes. A longer sequence is dropped. */
const maxSequenceBytes = 256;

type State = 'ground' | 'escape' | 'csi' | 'ignore';

/** Limits one stream of output, whose pieces may be cut anywhere. */
export class CsiBounds {
  readonly #size: () => ScreenSize;
  readonly #strings = new StringBounds();
  #state: State = 'ground';
  /** Parameters of the sequence that has begun: held back until it is known what they count. */
  #held: number[] = [];
  #last = 0;
  /** The replacement for the sequence that has just ended, and whether it differs from the original. */
  #out: number[] = [];
  #isChanged = false;

  constructor(size: () => ScreenSize) {
    this.#size = size;
  }

  /** @returns the same bytes except for counts that are too large; the beginning of a sequence may come with a later piece */
  feed(given: Uint8Array): Uint8Array {
    const bytes = this.#strings.feed(given);
    const parts: Uint8Array[] = [];
    // End of what is passed on unchanged; -1: the open sequence began in an earlier piece.
    let plainFrom = 0;
    let sequenceFrom = this.#isHolding ? -1 : 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (this.#state === 'ground' && byte !== escape && byte !== c1Csi) {
        this.#last = byte;
        continue;
      }
      const wasHolding = this.#isHolding;
      this.#step(byte);
      if (!wasHolding && this.#isHolding) sequenceFrom = at + 1;
      if (wasHolding && (this.#out.length > 0 || !this.#isHolding)) {
        if (this.#isChanged || sequenceFrom < 0) {
          if (sequenceFrom > plainFrom) parts.push(bytes.subarray(plainFrom, sequenceFrom));
          parts.push(Uint8Array.from(this.#out));
          plainFrom = at + 1;
        }
        this.#out = [];
        this.#isChanged = this.#state === 'ignore';
        sequenceFrom = at + 1;
      }
      this.#last = byte;
    }
    if (!this.#isHolding) parts.push(bytes.subarray(plainFrom));
    else if (sequenceFrom > plainFrom) parts.push(bytes.subarray(plainFrom, sequenceFrom));
    return joinBytes(parts);
  }

  get #isHolding(): boolean {
    return this.#state === 'csi' || this.#state === 'ignore';
  }

  #step(byte: number): void {
    const isC1Csi = byte === c1Csi && this.#last === c1First;
    switch (this.#state) {
      case 'ground':
        if (byte === escape) this.#state = 'escape';
        else if (isC1Csi) this.#begin();
        return;
      case 'escape':
        if (byte === bracket || isC1Csi) this.#begin();
        else if (endsEscape(byte)) this.#state = 'ground';
        return;
      case 'csi':
      case 'ignore':
        return this.#inSequence(byte, isC1Csi);
    }
  }

  #begin(): void {
    this.#state = 'csi';
    this.#held = [];
  }

  #inSequence(byte: number, isC1Csi: boolean): void {
    if (byte === escape || byte === cancel || byte === substitute) {
      this.#out.push(...this.#held, byte);
      this.#held = [];
      this.#state = byte === escape ? 'escape' : 'ground';
    } else if (isC1Csi) {
      // A dropped sequence has taken the first byte of this one with it.
      if (this.#state === 'ignore') this.#out.push(c1First);
      this.#out.push(...this.#held, byte);
      this.#begin();
    } else if (byte >= 0x40 && byte <= 0x7e) {
      if (this.#state === 'csi') this.#out.push(...this.#bounded(String.fromCharCode(byte)), byte);
      this.#held = [];
      this.#state = 'ground';
    } else if (this.#state === 'csi') {
      this.#held.push(byte);
      if (this.#held.length > maxSequenceBytes) {
        this.#out.push(cancel);
        this.#isChanged = true;
        this.#held = [];
        this.#state = 'ignore';
      }
    }
  }

  /** The sequence's parameters, with the first one, which is the count, within its limit. */
  #bounded(final: string): number[] {
    const { columns, rows } = this.#size();
    const most = byRows.has(final) ? rows : byColumns.has(final) ? columns : undefined;
    if (most === undefined || countOf(this.#held) <= most) return this.#held;
    this.#isChanged = true;
    // Control characters inside a sequence are executed; the parameters that follow are not counts.
    const controls = this.#held.filter((byte) => byte < 0x20);
    return [...controls, ...Array.from(String(most), (digit) => digit.charCodeAt(0))];
  }
}

/** The first parameter as xterm reads it: whatever xterm skips or executes in between does not end it. */
function countOf(held: readonly number[]): number {
  let count = 0;
  for (const byte of held) {
    if (byte === 0x3a || byte === 0x3b) break;
    if (byte >= 0x30 && byte <= 0x39) count = Math.min(count * 10 + byte - 0x30, Number.MAX_SAFE_INTEGER / 16);
  }
  return count;
}

/** What follows an escape and neither continues it nor is dropped by xterm's decoder. */
function endsEscape(byte: number): boolean {
  if (byte === escape || byte >= 0x7f) return false;
  return byte >= 0x20 || byte === cancel || byte === substitute;
}

// xterm looks at the clock between pieces: the costliest sequences (a reset of the largest screen) take some 200 ms in a
// piece of this size, and everything else (others' keys, a click) waits for it. Smaller pieces cost more than they contain.
const pieceBytes = 256;

/** Writes what `bounds` lets through to an xterm.js terminal. @param done called when it is parsed */
export function writeBounded(
  terminal: { write(data: Uint8Array | string, done?: () => void): void },
  bounds: CsiBounds,
  bytes: Uint8Array,
  done: () => void,
): void {
  const bounded = bounds.feed(bytes);
  for (let at = 0; at < bounded.length; at += pieceBytes) terminal.write(bounded.subarray(at, at + pieceBytes));
  terminal.write('', done);
}

/** The part of an xterm.js parser that `refuseCostly` uses. */
interface CostlyParser {
  registerCsiHandler(id: { final: string }, callback: (params: (number | number[])[]) => boolean): unknown;
  registerOscHandler(ident: number, callback: (data: string) => boolean): unknown;
}

/** OSC 8: a link with a different text. */
const hyperlink = 8;

/**
 * Keeps xterm's own parser from executing:
 * - Counts that no screen here can need: a second defence, in case `CsiBounds` and xterm ever read a stream differently.
 * - Hyperlinks: each costs every later line some time (50,000 of them ten seconds for a kilobyte of newlines), and shows
 *   another address than it leads to. Addresses in the text are links all the same.
 */
export function refuseCostly(parser: CostlyParser): void {
  for (const final of [...byRows, ...byColumns]) {
    parser.registerCsiHandler({ final }, ([count]) => typeof count === 'number' && count > maxColumns);
  }
  parser.registerOscHandler(hyperlink, () => true);
}
