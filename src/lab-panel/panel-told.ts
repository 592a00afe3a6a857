// A line that reports the result of an action: copied, not sent, refused. Shown for a while, and announced to screen readers.
import { make } from './make-element.ts';

export interface PanelTold {
  element: HTMLElement;
  tell(words: string): void;
}

// Long enough to read the sentence twice.
const shownMs = 8_000;

export function makePanelTold(signal: AbortSignal): PanelTold {
  const element = make('p', { class: 'lab-told', attributes: { role: 'status' } });
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer));
  return {
    element,
    tell: (words) => {
      clearTimeout(timer);
      element.textContent = words;
      timer = setTimeout(() => (element.textContent = ''), shownMs);
    },
  };
}
