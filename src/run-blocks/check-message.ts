// What a check's result says. Texts and data in, plain text out: data from a machine never becomes HTML.
import type { CheckResult } from '../../server/protocol/messages.ts';
import { ApiError } from '../session/lab-api.ts';
import { fillPlaceholders, text } from '../session/page-texts.ts';

/** The check's texts, as the page carries them. */
export interface CheckTexts {
  title: string;
  passed: string;
  causes: Record<string, { why: string; next: string }>;
}

export interface CheckLook {
  state: 'passed' | 'failed' | 'broken';
  /** The state word. */
  word: string;
  /** Sentences, each a paragraph. */
  sentences: string[];
}

export function lookOfResult(result: CheckResult, texts: CheckTexts): CheckLook {
  switch (result.outcome) {
    case 'passed':
      return {
        state: 'passed',
        word: text('lab.check.passed'),
        sentences: [fillPlaceholders(texts.passed, result.data)],
      };
    case 'failed': {
      const cause =
        result.cause !== undefined && Object.hasOwn(texts.causes, result.cause)
          ? texts.causes[result.cause]
          : undefined;
      if (cause === undefined) return broken();
      const sentences = [cause.why, cause.next].map((sentence) => fillPlaceholders(sentence, result.data));
      return { state: 'failed', word: text('lab.check.failed'), sentences };
    }
    case 'timed-out':
      return { state: 'broken', word: text('lab.check.timedOut'), sentences: [text('lab.check.timedOutWhy')] };
    case 'broken':
      return broken();
  }
}

/** A check that was not run: the server's own words say why, as in "unlock it first"; without a lab the panel says it. */
export function lookOfRefusal(error: unknown): CheckLook {
  return { state: 'broken', word: text('lab.check.notRun'), sentences: [wordsOfRefusal(error)] };
}

function wordsOfRefusal(error: unknown): string {
  if (!(error instanceof ApiError)) return text('lab.check.notReady');
  return error.isUnanswered ? text('lab.say.unreachable') : text('lab.check.refused', { message: error.message });
}

function broken(): CheckLook {
  return { state: 'broken', word: text('lab.check.broken'), sentences: [text('lab.check.brokenWhy')] };
}

/** Parts a sentence at its `code` marks, so that commands and names look like what they are. */
export function codeParts(sentence: string): { text: string; isCode: boolean }[] {
  return sentence
    .split(/`([^`]+)`/)
    .map((part, at) => ({ text: part, isCode: at % 2 === 1 }))
    .filter((part) => part.text !== '');
}
