// The words for a check's result. Turns texts and data into plain text: data from a machine never becomes HTML.
import type { CheckResult } from '../../server/protocol/messages.ts';
import { ApiError } from '../session/lab-api.ts';
import { fillPlaceholders, text } from '../session/page-texts.ts';

/** The check's texts, as the page carries them. */
export interface CheckTexts {
  title: string;
  passed: string;
  causes: Record<string, { why: string; next: string }>;
}

/**
 * `expected`: a provoked failure occurred; `surprise`: it did not. `broken`: there is no result. The others come before a
 * result.
 */
export type CheckState = 'todo' | 'waiting' | 'checking' | 'passed' | 'failed' | 'broken' | 'expected' | 'surprise';

export interface CheckLook {
  state: CheckState;
  /** The state word. */
  word: string;
  /** Sentences, each of which is a paragraph. */
  sentences: string[];
}

/** @param expected the cause for which the check has to fail at this place */
export function lookOfResult(result: CheckResult, texts: CheckTexts, expected?: string): CheckLook {
  switch (result.outcome) {
    case 'passed':
      return lookOfPass(fillPlaceholders(texts.passed, result.data), expected !== undefined);
    case 'failed':
      return lookOfFailure(result, texts, expected);
    case 'timed-out':
      return { state: 'broken', word: text('lab.check.timedOut'), sentences: [text('lab.check.timedOutWhy')] };
    case 'broken':
      return broken();
  }
}

/** What the page knows about why a check was not run. */
export interface RefusalFacts {
  isDisconnected: boolean;
  /** What the check's machine waits for, if it is not up. */
  machine: string | undefined;
}

/** The words for a check that was not run: about the connection or its machine; otherwise the server's own words or the panel's. */
export function lookOfRefusal(error: unknown, facts: RefusalFacts): CheckLook {
  return { state: 'broken', word: text('lab.check.notRun'), sentences: [wordsOfRefusal(error, facts)] };
}

function wordsOfRefusal(error: unknown, { isDisconnected, machine }: RefusalFacts): string {
  if (isDisconnected) return text('lab.check.disconnected');
  if (!(error instanceof ApiError)) return text('lab.check.notReady');
  if (error.isUnanswered) return text('lab.say.unreachable');
  if (machine !== undefined && notUp.has(error.code)) return text('lab.machine.sentence', { why: machine });
  return text('lab.check.refused', { message: error.message });
}

/** Refused because the machine is not up, or failed because it went down. */
const notUp = new Set(['LAB_ERR_NOT_READY', 'LAB_ERR_EXEC']);

function lookOfPass(sentence: string, shouldFail: boolean): CheckLook {
  if (!shouldFail) return { state: 'passed', word: text('lab.check.passed'), sentences: [sentence] };
  const sentences = [sentence, text('lab.check.surpriseWhy')];
  return { state: 'surprise', word: text('lab.check.surprise'), sentences };
}

function lookOfFailure({ cause = '', data }: CheckResult, { causes }: CheckTexts, expected?: string): CheckLook {
  const known = Object.hasOwn(causes, cause) ? causes[cause] : undefined;
  if (known === undefined) return broken();
  const sentences = [known.why, known.next].map((sentence) => fillPlaceholders(sentence, data));
  if (expected === undefined) return { state: 'failed', word: text('lab.check.failed'), sentences };
  if (cause === expected) return { state: 'expected', word: text('lab.check.asTold'), sentences };
  sentences.push(text('lab.check.otherCause'));
  return { state: 'failed', word: text('lab.check.other'), sentences };
}

function broken(): CheckLook {
  return { state: 'broken', word: text('lab.check.broken'), sentences: [text('lab.check.brokenWhy')] };
}

/** Splits a sentence at its `code` marks, so that commands and names look like code. */
export function codeParts(sentence: string): { text: string; isCode: boolean }[] {
  return sentence
    .split(/`([^`]+)`/)
    .map((part, at) => ({ text: part, isCode: at % 2 === 1 }))
    .filter((part) => part.text !== '');
}
