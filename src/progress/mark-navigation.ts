// Progress in the navigation: a word and a state on each lesson's and each step's link. The site's styles decide how it looks.
import { text } from '../session/page-texts.ts';
import { chapterState, lessonState, type ProgressState } from './progress-model.ts';
import { onProgress, readProgress } from './progress-store.ts';

/** Marks now and after every change. */
export function markNavigation(signal: AbortSignal): void {
  mark();
  onProgress(mark, signal);
}

function mark(): void {
  const progress = readProgress();
  const lessonMarks = document.querySelectorAll<HTMLElement>('.progress-mark[data-lesson]');
  for (const element of lessonMarks) setMark(element, lessonState(progress[element.dataset['lesson'] ?? '']));
  for (const group of document.querySelectorAll<HTMLElement>('.menu-group')) markChapter(group);
  const lesson = document.querySelector<HTMLElement>('lab-page')?.dataset['lesson'] ?? '';
  for (const element of document.querySelectorAll<HTMLElement>('[data-step-link]')) {
    const isDone = progress[lesson]?.steps[element.dataset['stepLink'] ?? ''] === 'done';
    setMark(element, isDone ? 'done' : 'todo');
  }
}

/** Once one is begun, the chapter's heading says how many of its lessons are done. */
function markChapter(group: HTMLElement): void {
  const lessons = [...group.querySelectorAll<HTMLElement>('.progress-mark[data-lesson]')].map(
    (element) => element.dataset['lesson'] ?? '',
  );
  const heading = group.querySelector('h2');
  if (lessons.length === 0 || heading === null) return;
  const progress = readProgress();
  heading.dataset['progress'] = chapterState(progress, lessons);
  const done = lessons.filter((lesson) => lessonState(progress[lesson]) === 'done').length;
  let words = heading.querySelector<HTMLElement>('.menu-progress');
  if (words === null) {
    words = document.createElement('span');
    words.className = 'menu-progress';
    heading.append(words);
  }
  words.textContent = done === 0 ? '' : text('lab.progress.chapter', { done, total: lessons.length });
}

function setMark(element: HTMLElement, state: ProgressState): void {
  element.dataset['progress'] = state;
  const word = element.querySelector('[data-progress-word]');
  if (word !== null) word.textContent = ` ${text(`progress.${state}`)}`;
}
