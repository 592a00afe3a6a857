// Slows down a terminal that nobody watches: a certain amount of output passes at once, then a certain rate. Pauses nothing itself.

/** Enough for a build, a boot or a long listing: output up to this amount is not slowed down at all. */
export const unseenBurstBytes = 1024 * 1024;
/**
 * The rate after that. Parsing a megabyte a second for nobody takes a few per cent of a processor, and the program as much
 * again; an endless `yes` took three quarters. Programs that a person waits for write less: a package manager some kilobytes
 * a second.
 */
export const unseenBytesPerSecond = 64 * 1024;
// Long enough to be cheap, short enough that a program still makes steady progress.
const longestPauseMs = 1_000;

/** Output is never dropped: the program waits, and goes on at full speed once somebody looks. */
export class UnseenPace {
  readonly #onHold: (isHeld: boolean) => void;
  #isSeen = false;
  #room = unseenBurstBytes;
  #countedAt = performance.now();
  #timer: NodeJS.Timeout | undefined;

  /** @param onHold says when the program has to wait, and when it may go on */
  constructor(onHold: (isHeld: boolean) => void) {
    this.#onHold = onHold;
  }

  /** Somebody starts to watch, or nobody watches any more. */
  seen(isSeen: boolean): void {
    if (isSeen === this.#isSeen) return;
    this.#isSeen = isSeen;
    this.#room = unseenBurstBytes;
    this.#countedAt = performance.now();
    if (isSeen) this.#release();
  }

  output(bytes: number): void {
    if (this.#isSeen) return;
    const now = performance.now();
    const earned = ((now - this.#countedAt) / 1_000) * unseenBytesPerSecond;
    this.#room = Math.min(unseenBurstBytes, this.#room + earned) - bytes;
    this.#countedAt = now;
    if (this.#room >= 0 || this.#timer !== undefined) return;
    const pauseMs = Math.min(longestPauseMs, (-this.#room / unseenBytesPerSecond) * 1_000);
    this.#timer = setTimeout(() => this.#release(), pauseMs);
    this.#onHold(true);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #release(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#onHold(false);
  }
}
