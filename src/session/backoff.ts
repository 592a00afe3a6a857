// How long to wait before connecting again. Numbers only, no timers.

// The first retry seems immediate to a reader; a server that restarts is back within a few seconds.
const firstDelayMs = 400;
const growth = 1.8;
// At this limit, a class of thirty that waits for a server makes two attempts a second.
const longestDelayMs = 15_000;

/**
 * Delay before attempt `attempt` (1 = the first after a loss), with jitter, so that pages do not all return at the same moment.
 * @param random a number from 0 (shortest) to 1 (longest)
 */
export function reconnectDelayMs(attempt: number, random: number): number {
  const full = Math.min(longestDelayMs, firstDelayMs * growth ** (attempt - 1));
  return Math.round(full * (0.5 + random / 2));
}
