// Runs the browser tests and reads their counts from Playwright's JSON report.
import { z } from 'zod';
import { reportPath, runForReport } from './runner-report.ts';
import type { Counts } from './stage.ts';

const reportSchema = z.object({
  stats: z.object({ expected: z.int(), unexpected: z.int(), flaky: z.int(), skipped: z.int() }),
  errors: z.array(z.unknown()),
});

/** @throws {Error} when Playwright left no report, or it has another shape */
export async function runPlaywright(root: string, timeoutMs: number): Promise<Counts> {
  const report = reportPath(root, 'playwright');
  const args = ['test', '-c', 'tests/browser/playwright.config.ts', '--reporter=list,json'];
  const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: report };
  return readPlaywrightReport(await runForReport(root, report, { file: 'playwright', args, env, timeoutMs }));
}

/** Pure: a flaky test is a bug, so it counts as failed; errors outside any test count one each. */
export function readPlaywrightReport(json: string): Counts {
  const { stats, errors } = reportSchema.parse(JSON.parse(json));
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + errors.length, skipped: stats.skipped };
}
