// The live region of a terminal's output: only what is added is announced, and it is removed again, because the screen itself can be read.
import { make } from '../lab-panel/make-element.ts';

export interface OutputLog {
  element: HTMLElement;
  tell(words: string): void;
}

/** Long enough for every screen reader to have picked it up; if it stayed, readers of the page would hear it twice. */
const keptMs = 5_000;

export function makeOutputLog(signal: AbortSignal): OutputLog {
  const element = make('div', { class: 'sr-only', attributes: { role: 'log', 'aria-live': 'polite' } });
  const timers = new Set<ReturnType<typeof setTimeout>>();
  signal.addEventListener('abort', () => {
    for (const timer of timers) clearTimeout(timer);
    element.remove();
  });
  return {
    element,
    tell: (words) => {
      const part = make('div', { text: words });
      element.append(part);
      const timer = setTimeout(() => {
        timers.delete(timer);
        part.remove();
      }, keptMs);
      timers.add(timer);
    },
  };
}
