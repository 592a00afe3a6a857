// The time that counts for sessions: the time in which a server runs. It is not a wall clock, so setting a clock ends no session.

/** If the server did not look for this long, it was stopped, or the host was: that time is a pause for everybody. */
const longestStepMs = 60_000;
/** An ordinary correction of the host's clock is slower than this between two looks. */
const jumpMs = 2_000;

export class SessionClock {
  readonly #steadyMs: () => number;
  #servedMs: number;
  #readAt: number;
  #apartMs: number;
  #hasPaused = false;

  /**
   * @param servedMs where the previous server stopped counting
   * @param steadyMs milliseconds since any moment, which only grow and stand still while the host is suspended
   */
  constructor(servedMs: number, steadyMs: () => number = () => performance.now()) {
    this.#steadyMs = steadyMs;
    this.#servedMs = servedMs;
    this.#readAt = steadyMs();
    this.#apartMs = Date.now() - this.#readAt;
  }

  /** Milliseconds that servers of this state directory have served. To be called every few seconds. */
  now(): number {
    const now = this.#steadyMs();
    const stepMs = now - this.#readAt;
    this.#readAt = now;
    if (stepMs > longestStepMs) this.#hasPaused = true;
    else this.#servedMs += stepMs;
    return this.#servedMs;
  }

  /** The clock that pages use while they are told nothing: it does not pause. */
  steadyMs(): number {
    return this.#steadyMs();
  }

  /**
   * Whether there was a pause since the last call, or the host's clock has jumped, as after a suspend, which nothing else
   * reports. Pages have gone on counting meanwhile.
   */
  hasJumped(): boolean {
    this.now();
    const apartMs = Date.now() - this.#steadyMs();
    const hasJumped = this.#hasPaused || Math.abs(apartMs - this.#apartMs) > jumpMs;
    this.#hasPaused = false;
    this.#apartMs = apartMs;
    return hasJumped;
  }
}
