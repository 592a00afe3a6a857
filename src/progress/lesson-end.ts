// The end of a lesson: how much of it is done, and that the next one continues in the lab of this one.
import { keepLab } from '../session/kept-labs.ts';
import { pageLesson, pageSession } from '../session/page-session.ts';
import { text } from '../session/page-texts.ts';
import { whenCookieless } from '../session/reader-token.ts';
import { onProgress, readProgress } from './progress-store.ts';

const line = document.querySelector<HTMLElement>('[data-lesson-end]');
if (line !== null) {
  const show = () => showOn(line);
  onProgress(show, new AbortController().signal);
  show();
}

const next = document.querySelector<HTMLElement>('.lesson-end[data-next]')?.dataset['next'];
if (next !== undefined) {
  document.addEventListener('click', ({ target }) => {
    const link = target instanceof Element ? target.closest('a') : null;
    if (link?.pathname === `/${next}/`) keepForNext(next);
  });
}

// Without a cookie the lab belongs to this page alone.
void whenCookieless.then(() => {
  for (const line of document.querySelectorAll<HTMLElement>('.lesson-end [data-goes-on]')) line.hidden = true;
  for (const line of document.querySelectorAll<HTMLElement>('.lesson-end [data-starts-anew]')) line.hidden = false;
});

/** A reader who has done all steps brings the lab in the state that the next lesson needs, which therefore does not offer another start. */
function keepForNext(lesson: string): void {
  const session = pageSession().view;
  if (session !== undefined && isAllDone()) keepLab(session.id, lesson);
}

function isAllDone(): boolean {
  const marks = readProgress()[pageLesson()]?.steps ?? {};
  const steps = [...document.querySelectorAll<HTMLElement>('lab-step')];
  return steps.length > 0 && steps.every(({ dataset }) => marks[dataset['step'] ?? ''] === 'done');
}

function showOn(element: HTMLElement): void {
  const steps = [...document.querySelectorAll<HTMLElement>('lab-step')].map(({ dataset }) => dataset['step'] ?? '');
  const marks = readProgress()[pageLesson()]?.steps ?? {};
  const done = steps.filter((step) => marks[step] === 'done').length;
  const words =
    done === steps.length ? text('progress.allDone') : text('progress.someDone', { done, total: steps.length });
  // Announced when it changes, not each time that another lesson's mark changes.
  const wanted = done === 0 ? '' : words;
  if (element.textContent !== wanted) element.textContent = wanted;
}
