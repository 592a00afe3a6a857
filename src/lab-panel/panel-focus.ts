// How the focus enters and leaves the lab by keyboard: Ctrl Alt Right or the skip link leads in, the terminal's own key
// combinations lead out.
import type { PanelFrame } from './panel-frame.ts';

export interface FocusTargets {
  /** Whether there is a terminal to enter. */
  isOpen(): boolean;
  enter(): void;
  /** Where to go when the element that the reader came from is gone. */
  fallback(): void;
}

export class PanelFocus {
  readonly #panel: HTMLElement;
  readonly #targets: FocusTargets;
  readonly #frame: PanelFrame;
  #cameFrom: HTMLElement | undefined;

  constructor(panel: HTMLElement, targets: FocusTargets, frame: PanelFrame, signal: AbortSignal) {
    this.#panel = panel;
    this.#targets = targets;
    this.#frame = frame;
    document.addEventListener('focusin', (event) => this.#remember(event), { signal });
    document.addEventListener('keydown', (event) => this.#key(event), { signal });
    document.addEventListener('click', (event) => this.#skip(event), { signal });
  }

  /** Back to where the reader came from. */
  leave(): void {
    if (this.#frame.size === 'full') this.#frame.resize('normal');
    if (this.#cameFrom?.isConnected === true && this.#cameFrom.checkVisibility()) this.#cameFrom.focus();
    else this.#targets.fallback();
  }

  /** For when the focused element was hidden or disabled: keeps the focus in the panel instead of moving it to the start of the page. */
  rescue(): void {
    const { activeElement } = document;
    if (!(activeElement instanceof HTMLElement) || !this.#panel.contains(activeElement)) return;
    if (activeElement.checkVisibility() && activeElement.closest('[inert]') === null) return;
    if (this.#targets.isOpen()) this.#targets.fallback();
    else (this.#noticeButton ?? this.#panel).focus();
  }

  get #noticeButton(): HTMLElement | null {
    return this.#panel.querySelector<HTMLElement>('.lab-notice button:not([hidden])');
  }

  #remember(event: FocusEvent): void {
    if (event.target instanceof HTMLElement && !this.#panel.contains(event.target)) this.#cameFrom = event.target;
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
