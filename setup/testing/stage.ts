// What a stage of npm test reports: counts, which are added up in the last line.

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export interface Stage {
  name: string;
  /** Runs everything and prints its own progress. A throw counts as one failure. */
  run(): Promise<Counts>;
}

export const noCounts: Counts = { passed: 0, failed: 0, skipped: 0 };

export function addCounts(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** The last line of npm test. */
export function countsLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** Runs stages one after another (for hosts of two processors); says how each went and how long it took. */
export async function runStages(stages: Stage[], say: (line: string) => void): Promise<Counts> {
  let total = noCounts;
  for (const stage of stages) {
    say(`\n── ${stage.name}`);
    const startedAt = performance.now();
    const counts = await runStage(stage, say);
    say(`── ${stage.name}: ${countsLine(counts)} (${Math.round((performance.now() - startedAt) / 1000)} s)`);
    total = addCounts(total, counts);
  }
  return total;
}

async function runStage(stage: Stage, say: (line: string) => void): Promise<Counts> {
  try {
    return await stage.run();
  } catch (failure) {
    say(failure instanceof Error ? (failure.stack ?? failure.message) : String(failure));
    return { ...noCounts, failed: 1 };
  }
}
