// Runs one vitest project and reads its counts from the JSON report.
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import type { Counts } from './stage.ts';

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
});

/** @throws {Error} when vitest left no report, or it has another shape */
export async function runVitest(root: string, project: string, timeoutMs: number): Promise<Counts> {
  const report = path.join(root, 'test-results', `vitest-${project}.json`);
  await rm(report, { force: true });
  const args = ['run', '--project', project, '--passWithNoTests', '--reporter=default', '--reporter=json'];
  await execa('vitest', [...args, `--outputFile.json=${report}`], {
    cwd: root,
    preferLocal: true,
    localDir: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    reject: false,
    timeout: timeoutMs,
    env: { NODE_ENV: 'test' },
  });
  return readVitestReport(await readFile(report, 'utf8'));
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
