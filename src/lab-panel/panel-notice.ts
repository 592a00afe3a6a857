// Shows a notice: as the whole panel while there is no terminal, otherwise as a strip above it. Announces it once to screen readers.
import { knownText, text } from '../session/page-texts.ts';
import { aboutLeft, elapsed, secondsUntil } from '../session/time-words.ts';
import { make, makeButton, setText } from './make-element.ts';
import type { Notice, NoticeAction } from './notice.ts';
import { stepName } from './step-name.ts';

export interface PanelNotice {
  element: HTMLElement;
  /** The live region; it is separate, so that a hidden notice is still announced. */
  status: HTMLElement;
  show(notice: Notice, isStrip: boolean): void;
}

/** Long enough for every screen reader to have picked up what is announced; if it stayed, it would be read twice. */
const toldMs = 5_000;
/** If it takes no longer than this, it is over before the reader has read how long it took. */
const countAfterMs = 2_000;

export function makePanelNotice(act: (action: NoticeAction) => void, signal: AbortSignal): PanelNotice {
  let action: NoticeAction | undefined;
  const sentence = make('p', { class: 'lab-sentence' });
  const bar = make('progress', { class: 'lab-progress', attributes: { 'aria-label': text('lab.progress.label') } });
  const step = make('p', { class: 'lab-progress-words' });
  const detail = make('p', { class: 'lab-detail' });
  const button = makeButton('', 'button', () => action && act(action), signal);
  // Only before the lab is started: afterwards the panel has a button for it.
  const keys = make('p', { class: 'lab-detail lab-for-keyboards', text: text('lab.say.keys') });
  const element = make('div', { class: 'lab-notice' }, [sentence, bar, step, detail, button, keys]);
  const status = make('p', { class: 'sr-only', attributes: { role: 'status', 'aria-live': 'polite' } });
  let told = '';
  let since = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer));
  const tell = (words: string) => {
    clearTimeout(timer);
    status.textContent = words;
    timer = setTimeout(() => (status.textContent = ''), toldMs);
  };
  return {
    element,
    status,
    show: (notice, isStrip) => {
      const { sentence: key } = notice;
      element.hidden = key === undefined;
      element.classList.toggle('lab-strip', isStrip);
      element.dataset['tone'] = notice.tone;
      const words = key === undefined ? text(notice.word) : text(key, values(notice));
      setText(sentence, words);
      showProgress(bar, step, notice);
      // Counting seconds are shown, not announced.
      const subject = `${notice.word} ${key ?? ''}`;
      if (subject !== told) {
        tell(words);
        since = performance.now();
      }
      told = subject;
      const more = notice.note === undefined ? (notice.detail ?? soFar(notice, since)) : text(notice.note);
      setText(detail, more ?? '');
      detail.hidden = !more;
      keys.hidden = notice.word !== 'lab.state.notStarted';
      action = notice.action?.name;
      button.hidden = notice.action === undefined;
      setText(button, notice.action === undefined ? '' : text(notice.action.label));
      button.classList.toggle('primary', !isStrip && action === 'start');
    },
  };
}

function soFar({ isCounted }: Notice, since: number): string {
  const lastedMs = performance.now() - since;
  return isCounted === true && lastedMs >= countAfterMs ? text('lab.time.soFar', { time: elapsed(lastedMs) }) : '';
}

function values(notice: Notice) {
  return notice.until === undefined
    ? notice.values
    : { ...notice.values, seconds: secondsUntil(notice.until, performance.now()) };
}

function showProgress(bar: HTMLProgressElement, words: HTMLElement, { progress }: Notice): void {
  bar.hidden = words.hidden = progress === undefined;
  if (progress === undefined) return;
  bar.max = Math.max(1, progress.total);
  bar.value = progress.done;
  const left = progress.secondsLeft === undefined ? '' : `, ${aboutLeft(progress.secondsLeft)}`;
  setText(
    words,
    text('lab.progress.words', {
      step: stepName(progress.step, knownText),
      done: progress.done,
      total: progress.total,
    }) + left,
  );
}
