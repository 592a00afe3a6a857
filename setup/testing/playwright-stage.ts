// Runs the browser tests and reads their counts from Playwright's JSON report.
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import type { Counts } from './stage.ts';

const reportSchema = z.object({
  stats: z.object({ expected: z.int(), unexpected: z.int(), flaky: z.int(), skipped: z.int() }),
  errors: z.array(z.unknown()),
});

/** @throws {Error} when Playwright left no report, or it has another shape */
export async function runPlaywright(root: string, timeoutMs: number): Promise<Counts> {
  const report = path.join(root, 'test-results', 'playwright.json');
  await rm(report, { force: true });
  const args = ['test', '-c', 'tests/browser/playwright.config.ts', '--reporter=list,json'];
  await execa('playwright', args, {
    cwd: root,
    preferLocal: true,
    localDir: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    reject: false,
    timeout: timeoutMs,
    env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report },
  });
  return readPlaywrightReport(await readFile(report, 'utf8'));
}

/** Pure: a flaky test is a bug, so it counts as failed; errors outside any test count one each. */
export function readPlaywrightReport(json: string): Counts {
  const { stats, errors } = reportSchema.parse(JSON.parse(json));
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + errors.length, skipped: stats.skipped };
}
