// The session of this page's lab: one for all elements of the page, made when the first one asks for it.
import { LabSession } from './lab-session.ts';
import { rememberLesson } from './last-lesson.ts';

let session: LabSession | undefined;

/** The page's session. @throws {Error} when the page names no lab. */
export function pageSession(): LabSession {
  if (session !== undefined) return session;
  const { lab, from } = document.querySelector<HTMLElement>('lab-page, lab-panel')?.dataset ?? {};
  if (lab === undefined) throw new Error('found no lab-page or lab-panel with data-lab on this page, expected one');
  session = new LabSession(lab, from);
  void session.find();
  const current = session;
  const remember = () => current.view !== undefined && rememberLesson(current.view.id, pageLesson());
  current.on('used', remember, new AbortController().signal);
  addEventListener('online', () => current.retry());
  addEventListener('offline', () => current.probe());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible') return;
    current.retry();
    current.probe();
  });
  return session;
}

/** This page's lesson, as in `build/ship-it`; empty on other pages. */
export function pageLesson(): string {
  return document.querySelector<HTMLElement>('lab-page')?.dataset['lesson'] ?? '';
}
