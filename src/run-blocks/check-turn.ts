// When a check may run: after the commands of its step, and one at a time. Knows no words and shows nothing.
import { ApiError } from '../session/lab-api.ts';
import type { LabSession } from '../session/lab-session.ts';
import type { LabAction } from './lab-action.ts';

// A block that has not ended by then is meant to go on, or hangs: the check reports what it finds.
const idleWithinMs = 10 * 60_000;
// For when another page of the same reader is checking: the longest check takes two minutes.
const busyWithinMs = 150_000;
const askAgainMs = 500;

/** Does one thing after the other, in the order of the requests. A failure does not stop the next one. */
export class TurnQueue {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Whether a request would have to wait now. */
  get isTaken(): boolean {
    return this.#waiting > 0;
  }

  /** @returns the result or failure of the work */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#waiting++;
    const mine = this.#last.then(work);
    this.#last = mine.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await mine;
    } finally {
      this.#waiting--;
    }
  }
}

/** Whether something of a step is running: a block, an action, or the step as a whole. */
export function isStepBusy(step: HTMLElement | null, session: Pick<LabSession, 'block'>): boolean {
  if (step === null) return false;
  if (step.dataset['running'] !== undefined) return true;
  if ([...step.querySelectorAll<LabAction>('lab-action')].some(({ isActive }) => isActive)) return true;
  return [...step.querySelectorAll<HTMLElement>('lab-run')].some(({ dataset }) => {
    const run = session.block(dataset['block'] ?? '');
    return run !== undefined && run.state !== 'done';
  });
}

/** Waits until nothing of a step is running, or until the time limit, or until the signal aborts. */
export function untilStepIdle(
  step: HTMLElement | null,
  session: Pick<LabSession, 'block' | 'on'>,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const done = new AbortController();
    const finish = () => {
      done.abort();
      resolve();
    };
    const look = () => !isStepBusy(step, session) && finish();
    const all = AbortSignal.any([signal, AbortSignal.timeout(idleWithinMs)]);
    all.addEventListener('abort', finish, { signal: done.signal });
    session.on('block', look, done.signal);
    session.on('cleared', finish, done.signal);
    for (const event of ['lab-acted', 'lab-ran']) step?.addEventListener(event, look, { signal: done.signal });
    if (all.aborted) finish();
    else look();
  });
}

/** Asks until no check of another page is running. @throws what `ask` throws, including "busy" when the time is up */
export async function askInTurn<Result>(ask: () => Promise<Result>): Promise<Result> {
  const until = performance.now() + busyWithinMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isBusy = error instanceof ApiError && error.code === 'LAB_ERR_BUSY';
      if (!isBusy || performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, askAgainMs));
    }
  }
}
