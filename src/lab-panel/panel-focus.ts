// How the focus enters and leaves the lab by keyboard: Ctrl Alt Right or the skip link leads in, the terminal's own key
// combinations lead out.
import { readingPlace } from '../page/reading-place.ts';
import { isMarkedDone } from '../progress/progress-store.ts';
import { pageLesson } from '../session/page-session.ts';
import type { PanelFrame } from './panel-frame.ts';

export interface FocusTargets {
  /** Whether there is a terminal to enter. */
  isOpen(): boolean;
  enter(): void;
  /** Where to go in the panel when an element of it that had the focus is gone. */
  fallback(): void;
}

export class PanelFocus {
  readonly #panel: HTMLElement;
  readonly #targets: FocusTargets;
  readonly #frame: PanelFrame;
  #wantsNotice = false;

  constructor(panel: HTMLElement, targets: FocusTargets, frame: PanelFrame, signal: AbortSignal) {
    this.#panel = panel;
    this.#targets = targets;
    this.#frame = frame;
    document.addEventListener('keydown', (event) => this.#key(event), { signal });
    document.addEventListener('click', (event) => this.#skip(event), { signal });
  }

  /** Back into the lesson's text: to the last place there, to the first step that is not done, or to the title. */
  leave(): void {
    if (this.#frame.size === 'full') this.#frame.resize('normal');
    const place = readingPlace() ?? firstOpenStep() ?? document.querySelector<HTMLElement>('h1');
    if (place === null) return this.#targets.fallback();
    focusOn(place);
  }

  /** To the notice's button, at once or as soon as it has one, unless the reader has moved on to the text by then. */
  toNotice(): void {
    this.#wantsNotice = true;
    this.rescue();
  }

  /** For when the focused element was hidden or disabled: keeps the focus in the panel instead of moving it to the start of the page. */
  rescue(): void {
    const { activeElement } = document;
    if (this.#wantsNotice && !this.#targets.isOpen() && this.#noticeButton !== null) {
      this.#wantsNotice = false;
      if (activeElement === document.body || this.#panel.contains(activeElement)) this.#noticeButton.focus();
    }
    if (!(activeElement instanceof HTMLElement) || !this.#panel.contains(activeElement)) return;
    if (activeElement.checkVisibility() && activeElement.closest('[inert]') === null) return;
    if (this.#targets.isOpen()) this.#targets.fallback();
    else (this.#noticeButton ?? this.#panel).focus();
  }

  get #noticeButton(): HTMLElement | null {
    return this.#panel.querySelector<HTMLElement>('.lab-notice button:not([hidden])');
  }

  #key(event: KeyboardEvent): void {
    if (!(event.ctrlKey && event.altKey && event.key === 'ArrowRight')) return;
    event.preventDefault();
    if (this.#frame.size === 'folded') this.#frame.resize('normal');
    if (this.#targets.isOpen()) this.#targets.enter();
    else this.#noticeButton?.focus();
  }

  /** Leads not into the terminal, which takes all keys, but to its tab: from there Enter goes in, and Tab goes on. */
  #skip(event: MouseEvent): void {
    if (!(event.target instanceof Element) || event.target.closest('[data-skip-to-lab]') === null) return;
    event.preventDefault();
    if (this.#frame.size === 'folded') this.#frame.resize('normal');
    if (this.#targets.isOpen()) this.#targets.fallback();
    else (this.#noticeButton ?? this.#panel).focus();
  }
}

function firstOpenStep(): HTMLElement | undefined {
  const open = [...document.querySelectorAll<HTMLElement>('lab-step')].find(
    (step) => !isMarkedDone(pageLesson(), step.dataset['step'] ?? ''),
  );
  return open?.querySelector<HTMLElement>('h2') ?? open;
}

/** A heading or a paragraph takes the focus only when it is told that it may. */
function focusOn(place: HTMLElement): void {
  place.focus();
  if (document.activeElement === place) return;
  place.tabIndex = -1;
  place.focus();
}
