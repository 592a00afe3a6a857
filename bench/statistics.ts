// Median and 95th percentile of a handful of times.

export interface Summary {
  runs: number;
  medianMs: number;
  p95Ms: number;
}

/** @param timesMs at least one */
export function summarize(timesMs: number[]): Summary {
  return { runs: timesMs.length, medianMs: round(quantile(timesMs, 0.5)), p95Ms: round(quantile(timesMs, 0.95)) };
}

/** Nearest rank: with ten runs the 95th percentile is the slowest. */
function quantile(timesMs: number[], share: number): number {
  const sorted = timesMs.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
