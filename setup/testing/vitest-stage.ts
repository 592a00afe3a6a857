// Runs one vitest project: counts its tests by the JSON report, and judges the run by the exit status.
import { z } from 'zod';
import { judgeRun, reportPath, runForReport } from './runner-report.ts';
import type { Counts } from './stage.ts';

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
});

/**
 * The report does not show errors outside the tests; the exit status does.
 * @throws {Error} when vitest left no report, or one of another shape
 */
export async function runVitest(root: string, project: string, timeoutMs: number): Promise<Counts> {
  const report = reportPath(root, `vitest-${project}`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const args = ['run', '--project', project, ...reporters];
  const env = { NODE_ENV: 'test' };
  const end = await runForReport(root, report, { file: 'vitest', args, env, timeoutMs });
  const { counts, complaint } = judgeRun(readVitestReport(end.report), end.problem);
  if (complaint !== undefined) console.log(`✗ ${project}: ${complaint}`);
  return counts;
}

/** Pure: a file that could not be loaded has no tests and counts as one failure. */
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
