// The line that says that the lab goes on from another lesson, and offers this lesson's own beginning.
import { doorwaySay } from '../session/doorway.ts';
import type { LabSession } from '../session/lab-session.ts';
import { pageLesson } from '../session/page-session.ts';
import { text } from '../session/page-texts.ts';
import { make, makeButton, setText } from './make-element.ts';

export interface PanelDoorway {
  element: HTMLElement;
  show(isOpen: boolean): void;
}

export function makePanelDoorway(session: LabSession, startHere: () => void, signal: AbortSignal): PanelDoorway {
  const sentence = make('p');
  const button = makeButton(text('lab.doorway.start'), 'quiet', startHere, signal);
  const element = make('div', { class: 'lab-doorway', attributes: { role: 'status' } }, [sentence, button]);
  return {
    element,
    show: (isOpen) => {
      const { view, lessonStart, wanted } = session;
      const lesson = pageLesson();
      const hasBegun = session.blocks().some(({ block }) => block.startsWith(`${lesson}#`));
      const say = view === undefined || !isOpen ? undefined : doorwaySay(view, lesson, lessonStart, wanted, hasBegun);
      element.hidden = say === undefined;
      if (say === undefined) return;
      setText(sentence, text(`lab.doorway.${say}`));
      // Without a saved state there is no such beginning to go to.
      button.hidden = say === 'missing';
    },
  };
}
