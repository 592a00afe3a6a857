// Results of blocks and actions, and the report of a broken lesson: what the page says, what the machine did, and the last
// lines of the screen.
import type { CheckResult } from '../../server/protocol/messages.ts';
import type { PageAction, PageCheck, RunBlock } from './lesson-page.ts';

/** `exitStatus` is absent when the time limit was reached and the block was interrupted. */
export interface Ran {
  exitStatus?: number;
  durationMs: number;
}

export interface Acted {
  /** Whether the text that the action waits for was seen; true when it waits for none. */
  isSeen: boolean;
  /** The server's message when it refused the action. */
  refused?: string;
  durationMs: number;
}

export interface Outcome {
  lesson: string;
  step: string;
  /** `block build/ship-it#push` or `check “pushed”`. */
  what: string;
  command?: string;
  machine?: string;
  expected: string;
  found: string;
}

export interface Failure extends Outcome {
  screen: string[];
}

// A terminal of the runner is 40 lines high; the last twenty hold the error and what led to it.
const shownScreenLines = 20;

export function expectedOfBlock(block: RunBlock): string {
  const end = block.until === undefined ? `exit status ${block.exitStatus}` : `“${block.until}”`;
  return `${end} within ${block.timeoutMs / 1000} s`;
}

export function foundInBlock(result: Ran): string {
  const seconds = (result.durationMs / 1000).toFixed(1);
  return result.exitStatus === undefined
    ? `still running after ${seconds} s`
    : `exit status ${result.exitStatus} after ${seconds} s`;
}

/** What is typed or done, for whoever reads about the failure. */
export function commandOf(item: RunBlock | PageAction): string {
  if (item.kind === 'run') return item.keys ? `(keys) ${item.command}` : item.command;
  return `(${[item.action, item.what, item.machine].filter(Boolean).join(' ')})`;
}

export function expectedOfAction({ until, timeoutMs }: PageAction): string {
  const end = until === undefined ? 'done' : `“${until}” at the console`;
  return `${end} within ${timeoutMs / 1000} s`;
}

export function foundInAction(result: Acted): string {
  if (result.refused !== undefined) return `refused: ${result.refused}`;
  return `${result.isSeen ? 'done' : 'not seen'} after ${(result.durationMs / 1000).toFixed(1)} s`;
}

export function expectedOfCheck(check: PageCheck): string {
  return check.cause === undefined ? 'passed' : `failed, cause ${check.cause}`;
}

export function foundInCheck(result: CheckResult): string {
  const cause = result.cause === undefined ? '' : `, cause ${result.cause}`;
  const data = Object.entries(result.data).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  return `${result.outcome}${cause}${data.join('')}`;
}

/** Several lines, of which the first names the place; to be read like a diff: `-` the page, `+` the machine. */
export function failureText(failure: Failure): string {
  const step = failure.step === '' ? '' : `, step “${failure.step}”`;
  const command = (failure.command ?? '').split('\n').filter((line) => line !== '');
  const screen = failure.screen.filter((line) => line.trim() !== '').slice(-shownScreenLines);
  return [
    `✗ ${failure.lesson}${step}, ${failure.what}`,
    ...command.map((line) => `    $ ${line}`),
    `  - the page: ${failure.expected}`,
    `  + found:    ${failure.found}`,
    ...(screen.length === 0 ? [] : ['    last lines of the screen:', ...screen.map((line) => `    │ ${line}`)]),
  ].join('\n');
}
