// Counts requests within a time window, for @fastify/rate-limit; decides no limits. The library's own store uses the host's
// clock: when that is set back, readers are locked out for just as long.
import type { FastifyRateLimitStore } from '@fastify/rate-limit';

/** Readers and addresses counted at once: each takes a few hundred bytes. Beyond this number, the oldest window is forgotten. */
const mostKeys = 10_000;

interface Window {
  count: number;
  /** By performance.now(). */
  beganAt: number;
}

export class SteadyRateStore implements FastifyRateLimitStore {
  readonly #windows = new Map<string, Window>();

  incr(
    key: string,
    callback: (failure: Error | null, result?: { current: number; ttl: number }) => void,
    timeWindow = 60_000,
  ): void {
    const now = performance.now();
    const found = this.#windows.get(key);
    const isOver = found === undefined || now - found.beganAt >= timeWindow;
    const window = isOver ? { count: 0, beganAt: now } : found;
    window.count += 1;
    // In the order in which windows began.
    if (isOver) this.#windows.delete(key);
    if (this.#windows.size >= mostKeys && !this.#windows.has(key)) this.#forgetOldest();
    this.#windows.set(key, window);
    callback(null, { current: window.count, ttl: Math.ceil(window.beganAt + timeWindow - now) });
  }

  /** Routes with their own limits are counted separately. */
  child(): SteadyRateStore {
    return new SteadyRateStore();
  }

  #forgetOldest(): void {
    const [oldest] = this.#windows.keys();
    if (oldest !== undefined) this.#windows.delete(oldest);
  }
}
