// Runs a test runner and hands over the report that it wrote. What a report says is the stages' matter.
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';

export interface RunnerCall {
  /** Program of node_modules/.bin. */
  file: string;
  args: string[];
  env: Record<string, string>;
  timeoutMs: number;
}

/** Absolute path of a report, for the runner to write and `runForReport` to read. */
export function reportPath(root: string, name: string): string {
  return path.join(root, 'test-results', `${name}.json`);
}

/**
 * Its output goes to the terminal. Its exit status is not asked: all that is counted is in the report.
 * @returns the report's text
 * @throws {Error} when the runner left no report
 */
export async function runForReport(root: string, report: string, call: RunnerCall): Promise<string> {
  // A runner that dies at once must not be judged by the report of the run before.
  await rm(report, { force: true });
  await execa(call.file, call.args, {
    cwd: root,
    preferLocal: true,
    localDir: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    reject: false,
    timeout: call.timeoutMs,
    env: call.env,
  });
  return readFile(report, 'utf8');
}
