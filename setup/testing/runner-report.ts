// Runs a test runner, and returns how it ended and the report that it wrote. The stages interpret both.
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa, type ResultPromise } from 'execa';
import type { Counts } from './stage.ts';

export interface RunnerCall {
  /** Program of node_modules/.bin. */
  file: string;
  args: string[];
  env: Record<string, string>;
  timeoutMs: number;
}

export interface RunnerEnd {
  /** The text of the report. */
  report: string;
  /** What is wrong with how the runner ended, including its last lines; undefined when it ended with status 0. */
  problem?: string;
}

/** A runner's last message about an error outside its tests has a stack and some code around it. */
const lastWordsLines = 40;
/** The runner's own last lines arrive at once; a program that a test has left behind may hold the pipe for ever. */
const outputAfterEndMs = 2_000;
/** A runner that is told to end closes its workers first. */
const endWithinMs = 20_000;

/** Absolute path of a report, for the runner to write and `runForReport` to read. */
export function reportPath(root: string, name: string): string {
  return path.join(root, 'test-results', `${name}.json`);
}

/**
 * The runner's output goes to the terminal as it comes.
 * @throws {Error} with the runner's last lines when it left no report
 */
export async function runForReport(root: string, report: string, call: RunnerCall): Promise<RunnerEnd> {
  // A runner that dies at once must not be judged by the report of the run before.
  await rm(report, { force: true });
  const lastLines: string[] = [];
  const keepLast = function* (line: unknown) {
    lastLines.push(String(line));
    if (lastLines.length > lastWordsLines) lastLines.shift();
    yield line;
  };
  const child = execa(call.file, call.args, {
    cwd: root,
    preferLocal: true,
    localDir: root,
    stdin: 'ignore',
    stdout: [keepLast, 'inherit'],
    stderr: [keepLast, 'inherit'],
    // Everything is on the terminal, and the last lines are kept: a second complete copy would grow with the run.
    buffer: false,
    reject: false,
    timeout: call.timeoutMs,
    forceKillAfterDelay: endWithinMs,
    env: call.env,
  });
  const result = await Promise.race([child, endOfProcess(child)]);
  // Without this, a pipe that another process still holds would keep this process alive.
  child.stdout?.destroy();
  child.stderr?.destroy();
  const how = result.exitCode === 0 ? undefined : howItEnded(call, result);
  const problem = how === undefined ? undefined : `${how}; its last lines:\n${lastLines.join('\n')}`;
  const text = await readFile(report, 'utf8').catch((failure: unknown) => {
    throw new Error(problem ?? `found no report of ${call.file}, expected ${report}`, { cause: failure });
  });
  return problem === undefined ? { report: text } : { report: text, problem };
}

/**
 * Pure: what is counted when the report and the end of the runner contradict each other. A run without a test proves nothing;
 * a bad end without a failed test has a reason outside the tests, such as an unhandled rejection.
 */
export function judgeRun(counts: Counts, problem: string | undefined): { counts: Counts; complaint?: string } {
  if (counts.failed > 0) return { counts };
  const complaint =
    problem ??
    (counts.passed + counts.skipped === 0
      ? 'found no test, expected at least one: check whether the patterns in the runner’s settings still match the files'
      : undefined);
  return complaint === undefined ? { counts } : { counts: { ...counts, failed: 1 }, complaint };
}

/** The end of the process itself, for when its output does not end with it. */
async function endOfProcess(child: ResultPromise): Promise<HowEnded> {
  // A program that cannot be started has no exit; the other promise of the race reports that.
  await once(child, 'exit').catch(() => child);
  await delay(outputAfterEndMs, undefined, { ref: false });
  return { exitCode: child.exitCode ?? undefined, signal: child.signalCode ?? undefined, timedOut: false };
}

function howItEnded({ file, timeoutMs }: RunnerCall, { exitCode, signal, timedOut }: HowEnded): string {
  if (timedOut) return `${file} was ended after its limit of ${timeoutMs / 60_000} min`;
  return `${file} ended with ${exitCode === undefined ? (signal ?? 'no status') : `status ${exitCode}`}, expected 0`;
}

interface HowEnded {
  exitCode?: number | undefined;
  signal?: string | undefined;
  timedOut: boolean;
}
