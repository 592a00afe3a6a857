// Finds out when a step of the page's lesson is done, and stores that. Rules: all its checks or, without checks, all its blocks;
// then a block that fails when it is run again removes the mark.
import { pageLesson, pageSession } from '../session/page-session.ts';
import { onProgress, markStepDone, readProgress, unmarkSteps } from './progress-store.ts';
import { isStepDone, type StepParts } from './step-done.ts';

/** Follows the page as long as it is open. */
export function followLesson(): void {
  const life = new AbortController();
  const session = pageSession();
  const look = () => lookAtSteps();
  for (const event of ['lab-checked', 'lab-acted']) document.addEventListener(event, look, { signal: life.signal });
  session.on('block', look, life.signal);
  document.addEventListener('lab-failed', ({ target }) => takeMark(target), { signal: life.signal });
  onProgress(showSteps, life.signal);
  showSteps();
}

function lookAtSteps(): void {
  const steps = [...document.querySelectorAll<HTMLElement>('lab-step')];
  for (const step of steps) {
    if (isStepDone(partsOf(step))) markStepDone(pageLesson(), step.dataset['step'] ?? '', steps.length);
  }
}

/** Where there are checks, they decide: the step's mark stays, and the checks offer to run again. */
function takeMark(block: EventTarget | null): void {
  const step = block instanceof Element ? block.closest<HTMLElement>('lab-step') : null;
  if (step === null || partsOf(step).checks.length > 0) return;
  unmarkSteps(pageLesson(), [step.dataset['step'] ?? '']);
}

function partsOf(step: HTMLElement): StepParts {
  const session = pageSession();
  return {
    checks: [...step.querySelectorAll<HTMLElement>('lab-check:not([data-cause])')].map(
      (check) => check.dataset['state'] ?? '',
    ),
    blocks: [...step.querySelectorAll<HTMLElement>('lab-run')].map((block) => ({
      expected: Number(block.dataset['exit'] ?? 0),
      exitStatus: session.block(block.dataset['block'] ?? '')?.exitStatus,
    })),
    actions: [...step.querySelectorAll<HTMLElement>('lab-action')].map(({ dataset }) => dataset['runState'] === 'done'),
  };
}

function showSteps(): void {
  const done = readProgress()[pageLesson()]?.steps ?? {};
  for (const step of document.querySelectorAll<HTMLElement>('lab-step')) {
    step.dataset['progress'] = done[step.dataset['step'] ?? ''] === 'done' ? 'done' : 'todo';
  }
}
