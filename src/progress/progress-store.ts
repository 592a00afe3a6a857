// Progress kept in this browser, shared by all its tabs. Nothing leaves the reader's computer.
import { forgetKept, keep as keepValue, readKept } from '../page/browser-storage.ts';
import { parseProgress, withoutSteps, withAsTold, withStep, type Progress } from './progress-model.ts';

const storageKey = 'euos-labs:progress';
const changed = new EventTarget();

export function readProgress(): Progress {
  return parseProgress(readKept(storageKey));
}

export function isMarkedDone(lesson: string, step: string): boolean {
  return readProgress()[lesson]?.steps[step] === 'done';
}

/** Marks a step as done. @param total how many steps the lesson has */
export function markStepDone(lesson: string, step: string, total: number): void {
  const before = readProgress();
  keep(before, withStep(before, lesson, step, total));
}

/** Marks a check that is meant to fail as having done so. */
export function markAsTold(lesson: string, step: string, check: string): void {
  const before = readProgress();
  keep(before, withAsTold(before, lesson, step, check));
}

/** Removes the marks of some steps, which have to be done again. */
export function unmarkSteps(lesson: string, steps: string[]): void {
  const before = readProgress();
  keep(before, withoutSteps(before, lesson, steps));
}

export function forgetProgress(): void {
  forgetKept(storageKey);
  changed.dispatchEvent(new Event('change'));
}

/** Calls back after every change, in this tab or another. */
export function onProgress(listener: () => void, signal: AbortSignal): void {
  changed.addEventListener('change', listener, { signal });
  addEventListener('storage', (event) => event.key === storageKey && listener(), { signal });
}

function keep(before: Progress, after: Progress): void {
  if (after === before) return;
  keepValue(storageKey, JSON.stringify(after));
  changed.dispatchEvent(new Event('change'));
}
