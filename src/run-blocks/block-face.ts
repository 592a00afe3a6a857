// The visible part of a block: its button, its last line, what screen readers announce. Knows no session.
import type { BlockLook } from './block-words.ts';
import { enableButton } from './live-button.ts';

// "Running for 6 s" counts in seconds.
const tickMs = 1_000;
// What is over by then is announced only by its end.
const tellRunningAfterMs = 2_000;

/**
 * When a screen reader announces the words: each time, only when they are different, only if they have not been replaced
 * after a while (typed, running), or not at all because they only count.
 */
export type Telling = 'always' | 'when-new' | 'if-it-lasts' | 'never';

/** The face of a `<lab-run>` or a `<lab-action>`. */
export class BlockFace {
  readonly #element: HTMLElement;
  #button: HTMLButtonElement | undefined;
  #line: HTMLElement | null = null;
  #status: HTMLElement | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #lasts: ReturnType<typeof setTimeout> | undefined;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  /** Absent before the element is on the page, or when the page gives it none. */
  get button(): HTMLButtonElement | undefined {
    return this.#button;
  }

  /** To be called each time that the element is added to the page. @param signal aborts when it is removed */
  connect(onClick: () => void, signal: AbortSignal): void {
    this.#line = this.#element.querySelector('[data-state]');
    this.#status ??= this.#makeStatus();
    this.#button = enableButton(this.#element, '[data-run]', onClick, signal);
    signal.addEventListener('abort', () => {
      this.stopCount();
      clearTimeout(this.#lasts);
    });
  }

  show({ state, words }: BlockLook, telling: Telling): void {
    this.#element.dataset['runState'] = state;
    if (this.#line !== null) this.#line.textContent = words;
    const isTold = telling === 'always' || (telling === 'when-new' && this.#status?.textContent !== words);
    if (telling !== 'never') clearTimeout(this.#lasts);
    if (telling === 'if-it-lasts') this.#lasts = setTimeout(() => this.#tell(), tellRunningAfterMs);
    if (this.#status !== undefined && isTold) this.#status.textContent = words;
    this.#hideDouble();
  }

  /** Announces what the line says now, which may have counted on. */
  #tell(): void {
    const words = this.#line?.textContent;
    if (this.#status !== undefined && words) this.#status.textContent = words;
    this.#hideDouble();
  }

  /** Counts visibly; a screen reader is told the beginning and the end, not every second. */
  count(words: () => string): void {
    this.stopCount();
    this.#timer = setInterval(() => {
      if (this.#line !== null) this.#line.textContent = words();
      this.#hideDouble();
    }, tickMs);
  }

  stopCount(): void {
    clearInterval(this.#timer);
  }

  /** A screen reader finds the words only once: where both say the same, in the status. */
  #hideDouble(): void {
    this.#line?.setAttribute('aria-hidden', String(this.#line.textContent === this.#status?.textContent));
  }

  #makeStatus(): HTMLElement {
    const status = document.createElement('span');
    status.className = 'sr-only';
    status.setAttribute('role', 'status');
    this.#element.append(status);
    return status;
  }
}
