// Plays one lesson in page order and says whether the page is true. Knows the rules, not the server.
import type { CheckResult } from '../../server/protocol/messages.ts';
import type { LessonPage, LessonStep, PageAction, PageCheck, RunBlock } from './lesson-page.ts';
import {
  type Acted,
  type Failure,
  type Outcome,
  type Ran,
  commandOf,
  expectedOfAction,
  expectedOfBlock,
  expectedOfCheck,
  foundInAction,
  foundInBlock,
  foundInCheck,
} from './failure-text.ts';

/** What the player needs of a running session; the real one is lesson-session.ts. */
export interface Stage {
  /** Types the block and waits until it is done. */
  run(block: RunBlock): Promise<Ran>;
  /** Does something to a machine from outside, and waits for its text. A block may still be running meanwhile. */
  act(action: PageAction): Promise<Acted>;
  check(id: string): Promise<CheckResult>;
  /** The last lines that the reader would see in this machine's terminal. */
  screenLines(machine?: string): Promise<string[]>;
}

export interface Played {
  /** Everything that was tested: each block, each check before its step, each check at its place. */
  passed: number;
  failures: Failure[];
}

/** Called where a named step begins and everything before it was as the page says. */
export type AtStep = (step: LessonStep) => Promise<void>;

/**
 * Goes on after a failed check, because the rest is still informative; stops at a failed block or action, because what
 * follows was written for a machine on which it worked.
 */
export async function playLesson(
  page: LessonPage,
  stage: Stage,
  say: (line: string) => void,
  atStep: AtStep = () => Promise.resolve(),
): Promise<Played> {
  const played: Played = { passed: 0, failures: [] };
  for (const step of page.steps) {
    if (step.id !== '' && played.failures.length === 0) await atStep(step);
    say(`  ${page.lesson} · ${step.id === '' ? '(outside any step)' : step.id}`);
    if (!(await playStep(page, step, stage, played))) break;
  }
  return played;
}

/** @returns false when the lesson cannot continue */
async function playStep(page: LessonPage, step: LessonStep, stage: Stage, played: Played): Promise<boolean> {
  const where = { lesson: page.lesson, step: step.id };
  for (const check of checksToFailFirst(step)) {
    const result = await stage.check(check.check);
    const isAsExpected = result.outcome === 'failed';
    await note(played, stage, isAsExpected, {
      ...where,
      what: `check “${check.check}”, before the step`,
      expected: 'failed: a check that passes before its step teaches nothing',
      found: foundInCheck(result),
    });
  }
  for (const item of step.items) {
    if (item.kind === 'check') await playCheck(where, item, stage, played);
    else if (item.kind === 'action' && !(await playAction(where, item, stage, played))) return false;
    else if (item.kind === 'run' && !(await playBlock(where, item, stage, played))) return false;
  }
  return true;
}

async function playAction(where: Where, action: PageAction, stage: Stage, played: Played): Promise<boolean> {
  const result = await stage.act(action);
  return note(played, stage, result.isSeen && result.refused === undefined, {
    ...placeOf(where, action),
    expected: expectedOfAction(action),
    found: foundInAction(result),
  });
}

async function playBlock(where: Where, block: RunBlock, stage: Stage, played: Played): Promise<boolean> {
  const result = await stage.run(block);
  return note(played, stage, result.exitStatus === block.exitStatus, {
    ...placeOf(where, block),
    expected: expectedOfBlock(block),
    found: foundInBlock(result),
  });
}

async function playCheck(where: Where, check: PageCheck, stage: Stage, played: Played): Promise<void> {
  const result = await stage.check(check.check);
  const isAsExpected =
    check.cause === undefined
      ? result.outcome === 'passed'
      : result.outcome === 'failed' && result.cause === check.cause;
  await note(played, stage, isAsExpected, {
    ...where,
    what: `check “${check.check}”`,
    expected: expectedOfCheck(check),
    found: foundInCheck(result),
  });
}

type Where = Pick<Outcome, 'lesson' | 'step'>;

/** What is reported about a block or an action before its result is known. */
function placeOf(where: Where, item: RunBlock | PageAction): Omit<Outcome, 'expected' | 'found'> {
  const what = `${item.kind === 'run' ? 'block' : 'action'} ${item.block}`;
  return { ...where, what, command: commandOf(item), machine: item.machine };
}

async function note(played: Played, stage: Stage, isAsExpected: boolean, outcome: Outcome): Promise<boolean> {
  if (isAsExpected) played.passed += 1;
  else played.failures.push({ ...outcome, screen: await stage.screenLines(outcome.machine) });
  return isAsExpected;
}

/**
 * Each check once, even if the step has it twice. A check that the step first expects to fail for a cause need not fail
 * before the step: it shows there that it can fail.
 */
function checksToFailFirst(step: LessonStep): PageCheck[] {
  const first = new Map<string, PageCheck>();
  for (const item of step.items) {
    if (item.kind === 'check' && !first.has(item.check)) first.set(item.check, item);
  }
  return [...first.values()].filter((check) => check.cause === undefined);
}
