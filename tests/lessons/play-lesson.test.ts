// The rules for playing a lesson, with a session that answers from a table.
import { describe, expect, test } from 'vitest';
import type { CheckResult } from '../../server/protocol/messages.ts';
import { failureText } from './failure-text.ts';
import type { LessonPage, RunBlock } from './lesson-page.ts';
import { playLesson, type Stage } from './play-lesson.ts';

function block(id: string, exitStatus = 0): RunBlock {
  return {
    kind: 'run',
    block: `build/x#${id}`,
    machine: 'workstation',
    command: `run ${id}`,
    exitStatus,
    timeoutMs: 5_000,
  };
}

const page: LessonPage = {
  lesson: 'build/x',
  lab: 'build-image',
  title: 'X',
  words: '',
  steps: [
    {
      id: 'push',
      items: [
        block('wrong', 125),
        { kind: 'check', check: 'pushed', cause: 'no-tag' },
        block('right'),
        { kind: 'check', check: 'pushed' },
      ],
    },
    { id: 'look', items: [block('look')] },
  ],
};

/** A machine as the page describes it: `pushed` passes once `right` has run. */
function truthfulStage(change: Partial<Stage> = {}): Stage {
  const ran: string[] = [];
  const answer = (outcome: CheckResult['outcome'], cause?: string): CheckResult => ({
    check: 'pushed',
    outcome,
    ...(cause === undefined ? {} : { cause }),
    data: {},
    durationMs: 1,
  });
  return {
    run: async (item) => {
      ran.push(item.block);
      return { exitStatus: item.exitStatus, durationMs: 1_200 };
    },
    check: async () => {
      if (ran.includes('build/x#right')) return answer('passed');
      return answer('failed', ran.length === 0 ? 'not-built' : 'no-tag');
    },
    act: async () => ({ isSeen: true, durationMs: 1 }),
    screenLines: async () => ['~# run wrong', 'Error: no tag', ''],
    ...change,
  };
}

async function play(stage: Stage, lesson: LessonPage = page) {
  const played = await playLesson(lesson, stage, () => undefined);
  return { passed: played.passed, failures: played.failures.map((failure) => `${failure.what}: ${failure.found}`) };
}

/** The same without the provoked failure: one block, one check. */
const plainPage: LessonPage = {
  ...page,
  steps: [{ id: 'push', items: [block('right'), { kind: 'check', check: 'pushed' }] }],
};

describe('playLesson', () => {
  test('a true page passes: three blocks, a cause, a check after', async () => {
    expect(await play(truthfulStage())).toEqual({ passed: 5, failures: [] });
  });

  test('a check without a provoked failure is asked before its step too', async () => {
    expect(await play(truthfulStage(), plainPage)).toEqual({ passed: 3, failures: [] });
  });

  test('a check that passes before its step is a failure', async () => {
    const stage = truthfulStage({
      check: async () => ({ check: 'pushed', outcome: 'passed', data: {}, durationMs: 1 }),
    });
    expect((await play(stage, plainPage)).failures).toEqual(['check “pushed”, before the step: passed']);
  });

  test('a broken check is never "failed as expected"', async () => {
    const stage = truthfulStage({
      check: async () => ({ check: 'pushed', outcome: 'broken', data: {}, durationMs: 1 }),
    });
    expect((await play(stage)).failures).toHaveLength(2);
  });

  test('a block with another exit status ends the lesson', async () => {
    const stage = truthfulStage({ run: async () => ({ exitStatus: 1, durationMs: 3_210 }) });
    expect(await play(stage)).toEqual({ passed: 0, failures: ['block build/x#wrong: exit status 1 after 3.2 s'] });
  });

  test('a block that does not end is reported with command and screen', async () => {
    const stage = truthfulStage({ run: async () => ({ durationMs: 5_000 }) });
    const played = await playLesson(page, stage, () => undefined);
    expect(failureText(played.failures[0]!)).toBe(
      [
        '✗ build/x, step “push”, block build/x#wrong',
        '    $ run wrong',
        '  - the page: exit status 125 within 5 s',
        '  + found:    still running after 5.0 s',
        '    last lines of the screen:',
        '    │ ~# run wrong',
        '    │ Error: no tag',
      ].join('\n'),
    );
  });
});
