// The sentence at the end of a lesson: how much of it is done. Silent until something is.
import { pageLesson } from '../session/page-session.ts';
import { text } from '../session/page-texts.ts';
import { onProgress, readProgress } from './progress-store.ts';

const line = document.querySelector<HTMLElement>('[data-lesson-end]');
if (line !== null) {
  const show = () => showOn(line);
  onProgress(show, new AbortController().signal);
  show();
}

function showOn(element: HTMLElement): void {
  const steps = [...document.querySelectorAll<HTMLElement>('lab-step')].map(({ dataset }) => dataset['step'] ?? '');
  const marks = readProgress()[pageLesson()]?.steps ?? {};
  const done = steps.filter((step) => marks[step] === 'done').length;
  const words =
    done === steps.length ? text('progress.allDone') : text('progress.someDone', { done, total: steps.length });
  // Told when it changes, not each time that another lesson's mark does.
  const wanted = done === 0 ? '' : words;
  if (element.textContent !== wanted) element.textContent = wanted;
}
