// Which lessons a test run plays, and in what order: changed ones first, then one per chapter, then those not played for longest.

export interface LessonStatus {
  lesson: string;
  /** First part of the lesson's name: `build`. */
  chapter: string;
  /** Whether the committed report is still valid for the lesson as it is now. */
  holds: boolean;
  /** Day of the report, `2026-11-21`; absent when there is none. */
  date?: string;
  /** How long it took then; absent when there is no report. */
  seconds?: number;
}

export interface PlannedLesson {
  lesson: string;
  /** `changed` and `chapter` must be played, with `start` before them; `spare` only if there is time. */
  because: 'changed' | 'chapter' | 'start' | 'spare';
  /** Estimate for the decision whether a spare lesson still fits. */
  seconds: number;
}

// For a lesson without a report: for the first four lessons, twelve minutes of reading were about three of playing.
export const unknownLessonSeconds = 180;

/**
 * Pure: same statuses, same plan. Decides which lessons; the chain decides the order in which they can be played.
 * @param statuses in the order of the chain: of two that were verified on the same day the earlier one is chosen
 */
export function planReplay(statuses: LessonStatus[]): PlannedLesson[] {
  const oldestFirst = statuses.toSorted((a, b) => (a.date ?? '').localeCompare(b.date ?? ''));
  const changed = oldestFirst.filter((status) => !status.holds);
  const chapters = new Set(changed.map((status) => status.chapter));
  const planned: PlannedLesson[] = changed.map((status) => plan(status, 'changed'));
  const rest = oldestFirst.filter((status) => status.holds);
  const spare: PlannedLesson[] = [];
  for (const status of rest) {
    if (chapters.has(status.chapter)) {
      spare.push(plan(status, 'spare'));
    } else {
      chapters.add(status.chapter);
      planned.push(plan(status, 'chapter'));
    }
  }
  return [...planned, ...spare];
}

/** Lessons that must be played are begun while any time is left; spare ones only if they fit into it. */
export function isWorthStarting(lesson: PlannedLesson, secondsLeft: number): boolean {
  return lesson.because === 'spare' ? lesson.seconds <= secondsLeft : secondsLeft > 0;
}

function plan(status: LessonStatus, because: PlannedLesson['because']): PlannedLesson {
  return { lesson: status.lesson, because, seconds: status.seconds ?? unknownLessonSeconds };
}
