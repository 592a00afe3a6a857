// The order of a replay.
import { describe, expect, test } from 'vitest';
import { isWorthStarting, planReplay, type LessonStatus } from './plan-replay.ts';

function status(lesson: string, more: Partial<LessonStatus> = {}): LessonStatus {
  return { lesson, chapter: lesson.split('/')[0] ?? '', holds: true, date: '2026-11-01', seconds: 60, ...more };
}

describe('planReplay', () => {
  test('changed lessons come first, then one per chapter, then the rest by age', () => {
    const plan = planReplay([
      status('build/a'),
      status('build/b', { date: '2026-10-01' }),
      status('install/c', { holds: false }),
      status('update/d', { date: '2026-11-02' }),
      status('update/e'),
    ]);
    expect(plan.map((item) => [item.lesson, item.because])).toEqual([
      ['install/c', 'changed'],
      ['build/b', 'chapter'],
      ['update/e', 'chapter'],
      ['build/a', 'spare'],
      ['update/d', 'spare'],
    ]);
  });

  test('a changed lesson counts for its chapter, and one without a report comes first', () => {
    const plan = planReplay([
      status('build/a'),
      status('build/b', { holds: false }),
      status('build/c', { holds: false, date: undefined, seconds: undefined }),
    ]);
    expect(plan.map((item) => [item.lesson, item.because])).toEqual([
      ['build/c', 'changed'],
      ['build/b', 'changed'],
      ['build/a', 'spare'],
    ]);
    expect(plan[0]?.seconds).toBe(180);
  });

  test('a spare lesson needs enough time, any other just a second', () => {
    expect(isWorthStarting({ lesson: 'build/a', because: 'spare', seconds: 60 }, 59)).toBe(false);
    expect(isWorthStarting({ lesson: 'build/a', because: 'spare', seconds: 60 }, 60)).toBe(true);
    expect(isWorthStarting({ lesson: 'build/a', because: 'changed', seconds: 60 }, 1)).toBe(true);
    expect(isWorthStarting({ lesson: 'build/a', because: 'chapter', seconds: 60 }, 0)).toBe(false);
  });
});
