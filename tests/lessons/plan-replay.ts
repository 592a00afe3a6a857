// Which lessons a test run plays, and in what order: changed ones first, then one per chapter, then those not played for longest.

export interface LessonStatus {
  lesson: string;
  /** First part of the lesson's name: `build`. */
  chapter: string;
  /** Whether the committed report is still valid for what the lesson consists of. */
  holds: boolean;
  /** Day of the report, `2026-11-21`; absent when there is none. */
  date?: string;
  /** How long it took then; absent when there is no report. */
  seconds?: number;
}

export interface PlannedLesson {
  lesson: string;
  /** `changed` and `chapter` must be played, and `start` before them; `spare` only if there is time. */
  because: 'changed' | 'chapter' | 'start' | 'spare';
  /** Best guess, for the decision whether a spare one still fits. */
  seconds: number;
}

// A lesson without a report: twelve minutes of reading were about three of playing for the first four lessons.
export const unknownLessonSeconds = 180;

/**
 * Pure: same statuses, same plan. Which lessons; the order in which they can be played is the chain's.
 * @param statuses in the order of the chain: of two that were verified on one day the earlier is chosen
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

/** Must-play lessons are begun while any time is left; spare ones only when they fit into what is left. */
export function isWorthStarting(lesson: PlannedLesson, secondsLeft: number): boolean {
  return lesson.because === 'spare' ? lesson.seconds <= secondsLeft : secondsLeft > 0;
}

function plan(status: LessonStatus, because: PlannedLesson['because']): PlannedLesson {
  return { lesson: status.lesson, because, seconds: status.seconds ?? unknownLessonSeconds };
}
