// Runs one vitest project and reads its counts from the JSON report.
import { z } from 'zod';
import { reportPath, runForReport } from './runner-report.ts';
import type { Counts } from './stage.ts';

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
});

/** @throws {Error} when vitest left no report, or it has another shape */
export async function runVitest(root: string, project: string, timeoutMs: number): Promise<Counts> {
  const report = reportPath(root, `vitest-${project}`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const args = ['run', '--project', project, '--passWithNoTests', ...reporters];
  const env = { NODE_ENV: 'test' };
  return readVitestReport(await runForReport(root, report, { file: 'vitest', args, env, timeoutMs }));
}

/** Pure: a file that could not be loaded has no tests, and counts as one failure. */
export function readVitestReport(json: string): Counts {
  const report = reportSchema.parse(JSON.parse(json));
  const unloadable = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((result) => result.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloadable.length,
    skipped: report.numPendingTests,
  };
}
