// The line that says that the lab continues from another lesson, and offers this lesson's own beginning.
import { doorwaySay } from '../session/doorway.ts';
import { isLabKept, keepLab } from '../session/kept-labs.ts';
import type { LabSession } from '../session/lab-session.ts';
import { pageLesson } from '../session/page-session.ts';
import { text } from '../session/page-texts.ts';
import { make, makeButton, setText } from './make-element.ts';

export interface PanelDoorway {
  element: HTMLElement;
  show(isOpen: boolean): void;
}

/** @param kept called when the reader continues with the lab as it is */
export function makePanelDoorway(
  session: LabSession,
  startHere: () => void,
  kept: () => void,
  signal: AbortSignal,
): PanelDoorway {
  const sentence = make('p');
  const button = makeButton(text('lab.doorway.start'), 'quiet', startHere, signal);
  const keep = () => {
    if (session.view !== undefined) keepLab(session.view.id, pageLesson());
    kept();
  };
  const goOn = makeButton(text('lab.doorway.keep'), 'quiet', keep, signal);
  const element = make('div', { class: 'lab-doorway', attributes: { role: 'status' } }, [sentence, button, goOn]);
  return {
    element,
    show: (isOpen) => {
      const { view, lessonStart, wanted } = session;
      const lesson = pageLesson();
      const isKept = view !== undefined && isLabKept(view.id, lesson);
      const say = view === undefined || !isOpen ? undefined : doorwaySay(view, lesson, lessonStart, wanted, isKept);
      element.hidden = say === undefined;
      if (say === undefined) return;
      setText(sentence, text(`lab.doorway.${say}`));
      // Without a saved state there is no beginning to offer.
      button.hidden = say === 'missing';
    },
  };
}
