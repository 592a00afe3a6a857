// What a reader has done, by step and lesson. Pure; progress-store.ts stores it.
import { parseStoredObject } from '../page/stored-object.ts';

const complaint = 'the progress stored in this browser cannot be read, starting over';

export interface LessonProgress {
  /** Steps that are done, by id. Others are not listed. */
  steps: Record<string, 'done'>;
  /** How many steps the lesson had when the reader was there; distinguishes "begun" from "done" on other pages. */
  total: number;
  /** Checks that have failed as the text says, each as its step and its name. Absent: none. */
  asTold?: string[];
}

/** By lesson, as in `build/ship-it`. */
export type Progress = Record<string, LessonProgress>;

export type ProgressState = 'todo' | 'begun' | 'done';

/** Reads what is stored; anything that is not progress is left out. */
export function parseProgress(stored: string | null): Progress {
  const progress: Progress = {};
  for (const [lesson, value] of Object.entries(parseStoredObject(stored, complaint))) {
    if (typeof value !== 'object' || value === null) continue;
    const { steps, total, asTold } = value as { steps?: unknown; total?: unknown; asTold?: unknown };
    const done =
      typeof steps === 'object' && steps !== null ? Object.entries(steps).filter(([, state]) => state === 'done') : [];
    const failed = Array.isArray(asTold) ? asTold.filter((each): each is string => typeof each === 'string') : [];
    progress[lesson] = {
      steps: Object.fromEntries(done),
      total: typeof total === 'number' ? total : 0,
      ...(failed.length > 0 && { asTold: failed }),
    };
  }
  return progress;
}

/** Progress with one step more, or the same object when nothing changes. */
export function withStep(progress: Progress, lesson: string, step: string, total: number): Progress {
  const before = progress[lesson];
  if (before?.steps[step] === 'done' && before.total === total) return progress;
  return { ...progress, [lesson]: { ...before, steps: { ...before?.steps, [step]: 'done' }, total } };
}

/** Progress without some steps of a lesson, or the same object when none of them was done. */
export function withoutSteps(progress: Progress, lesson: string, steps: string[]): Progress {
  const before = progress[lesson];
  if (before === undefined) return progress;
  const { asTold = [], ...rest } = before;
  const told = asTold.filter((each) => !steps.includes(stepOf(each)));
  if (told.length === asTold.length && !steps.some((step) => before.steps[step] === 'done')) return progress;
  const left = Object.entries(before.steps).filter(([step]) => !steps.includes(step));
  const kept = told.length === 0 ? {} : { asTold: told };
  return { ...progress, [lesson]: { ...rest, ...kept, steps: Object.fromEntries(left) } };
}

/** Records that a check that is meant to fail has done so in this step; returns the same object if that was known. */
export function withAsTold(progress: Progress, lesson: string, step: string, check: string): Progress {
  const before = progress[lesson] ?? { steps: {}, total: 0 };
  if (hasFailedAsTold(progress, lesson, step, check)) return progress;
  return { ...progress, [lesson]: { ...before, asTold: [...(before.asTold ?? []), `${step} ${check}`] } };
}

export function hasFailedAsTold(progress: Progress, lesson: string, step: string, check: string): boolean {
  return progress[lesson]?.asTold?.includes(`${step} ${check}`) === true;
}

/** Step ids contain no spaces. */
function stepOf(told: string): string {
  return told.split(' ')[0] ?? '';
}

export function lessonState(progress: LessonProgress | undefined): ProgressState {
  const done = Object.keys(progress?.steps ?? {}).length;
  if (progress === undefined || done === 0) return 'todo';
  return progress.total > 0 && done >= progress.total ? 'done' : 'begun';
}

/** A chapter is done when all its lessons are. */
export function chapterState(progress: Progress, lessons: string[]): ProgressState {
  const states = lessons.map((lesson) => lessonState(progress[lesson]));
  if (states.length > 0 && states.every((state) => state === 'done')) return 'done';
  return states.some((state) => state !== 'todo') ? 'begun' : 'todo';
}
