// Counts requests within a time window, for @fastify/rate-limit; decides no limits. The library's own store uses the host's
// clock: when that is set back, readers are locked out for just as long. What it counts are addresses: none is kept for longer
// than its window.
import type { FastifyRateLimitStore } from '@fastify/rate-limit';

/** Readers and addresses counted at once: each takes a few hundred bytes. Beyond this number, the oldest window is forgotten. */
const mostKeys = 10_000;
/** Between two looks for windows that are over: seldom enough to cost nothing. */
const sweepAtLeastMs = 1_000;

interface Window {
  count: number;
  /** By performance.now(). */
  endsAt: number;
}

export class SteadyRateStore implements FastifyRateLimitStore {
  readonly #windows = new Map<string, Window>();
  #sweep: NodeJS.Timeout | undefined;

  /** How many readers and addresses it knows. */
  get size(): number {
    return this.#windows.size;
  }

  incr(
    key: string,
    callback: (failure: Error | null, result?: { current: number; ttl: number }) => void,
    timeWindow = 60_000,
  ): void {
    const now = performance.now();
    const found = this.#windows.get(key);
    const isOver = found === undefined || now >= found.endsAt;
    const window = isOver ? { count: 0, endsAt: now + timeWindow } : found;
    window.count += 1;
    // In the order in which windows end.
    if (isOver) this.#windows.delete(key);
    if (this.#windows.size >= mostKeys && !this.#windows.has(key)) this.#forgetOldest();
    this.#windows.set(key, window);
    this.#sweepLater(now);
    callback(null, { current: window.count, ttl: Math.ceil(window.endsAt - now) });
  }

  /** Routes with their own limits are counted separately. */
  child(): SteadyRateStore {
    return new SteadyRateStore();
  }

  /** Forgets ended windows when the first one has ended; while there are none, nothing is waiting. */
  #sweepLater(now: number): void {
    const [first] = this.#windows.values();
    if (first === undefined || this.#sweep !== undefined) return;
    this.#sweep = setTimeout(() => this.#forgetEnded(), Math.max(sweepAtLeastMs, first.endsAt - now));
    // No reason for the server to live on.
    this.#sweep.unref();
  }

  #forgetEnded(): void {
    this.#sweep = undefined;
    const now = performance.now();
    for (const [key, { endsAt }] of this.#windows) {
      if (endsAt > now) break;
      this.#windows.delete(key);
    }
    this.#sweepLater(now);
  }

  #forgetOldest(): void {
    const [oldest] = this.#windows.keys();
    if (oldest !== undefined) this.#windows.delete(oldest);
  }
}
