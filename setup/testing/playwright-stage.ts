// Runs the browser tests: counts them by Playwright's JSON report, and judges the run by the exit status.
import { z } from 'zod';
import { statesOfThisRun } from '../../tests/lessons/states-of-this-run.ts';
import { judgeRun, reportPath, runForReport } from './runner-report.ts';
import type { Counts } from './stage.ts';

const reportSchema = z.object({
  stats: z.object({ expected: z.int(), unexpected: z.int(), flaky: z.int(), skipped: z.int() }),
  errors: z.array(z.unknown()),
});

/** @throws {Error} when Playwright left no report, or one of another shape */
export async function runPlaywright(root: string, timeoutMs: number): Promise<Counts> {
  const report = reportPath(root, 'playwright');
  const args = ['test', '-c', 'tests/browser/playwright.config.ts', '--reporter=list,json'];
  // Empty when the lessons were not played before: then a missing state is not a fault.
  const env = { EUOS_TESTS_STATES: [...statesOfThisRun].join(' '), PLAYWRIGHT_JSON_OUTPUT_FILE: report };
  const end = await runForReport(root, report, { file: 'playwright', args, env, timeoutMs });
  const { counts, complaint } = judgeRun(readPlaywrightReport(end.report), end.problem);
  if (complaint !== undefined) console.log(`✗ browser: ${complaint}`);
  return counts;
}

/** Pure: a flaky test is a bug, so it counts as failed; errors outside any test count one each. */
export function readPlaywrightReport(json: string): Counts {
  const { stats, errors } = reportSchema.parse(JSON.parse(json));
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + errors.length, skipped: stats.skipped };
}
