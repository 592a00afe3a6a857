// Where the panel is on the page: applies its place, keeps room for it beside or below the text, remembers it.
import { onTerminalSettings, terminalSettings } from '../terminal/terminal-settings.ts';
import { keepInSight } from './keep-in-sight.ts';
import { loadPlace, savePlace, type PanelPlace, type PanelSize } from './panel-place.ts';
import { makeResizeHandle, type ResizeHandle } from './resize-handle.ts';

// The same width as in the site's layout: from this width on there is room for text and lab side by side.
const wide = '(min-width: 1100px)';

export class PanelFrame {
  readonly #panel: HTMLElement;
  readonly #query = matchMedia(wide);
  readonly #onSize: (size: PanelSize) => void;
  readonly #resizeHandle: ResizeHandle;
  #place: PanelPlace;
  #isOpen = false;

  constructor(panel: HTMLElement, onSize: (size: PanelSize) => void, signal: AbortSignal) {
    this.#panel = panel;
    this.#onSize = onSize;
    this.#place = loadPlace(this.#query.matches);
    this.#resizeHandle = makeResizeHandle((percent, isDone) => this.#drag(percent, isDone), signal);
    this.#query.addEventListener('change', () => this.#reload(), { signal });
    // The sheet's height depends on its contents, and the room below the text follows it.
    onTerminalSettings(() => this.#apply(), signal);
    const observer = new ResizeObserver(() => this.#keepRoom());
    observer.observe(panel);
    signal.addEventListener('abort', () => observer.disconnect());
    this.#apply();
  }

  get handle(): HTMLElement {
    return this.#resizeHandle.element;
  }

  get size(): PanelSize {
    return this.#place.size;
  }

  /** @param isOpen terminals are shown: they get room for 80 columns, if need be from the navigation */
  open(isOpen: boolean): void {
    if (isOpen === this.#isOpen) return;
    this.#isOpen = isOpen;
    keepInSight(() => this.#apply());
  }

  resize(size: PanelSize): void {
    this.#place = { ...this.#place, size };
    savePlace(this.#place, this.#query.matches);
    keepInSight(() => this.#apply());
  }

  #drag(percent: number, isDone: boolean): void {
    this.#place = { ...this.#place, sharePercent: percent };
    if (isDone) savePlace(this.#place, this.#query.matches);
    this.#apply();
  }

  #reload(): void {
    this.#place = loadPlace(this.#query.matches);
    this.#apply();
  }

  #apply(): void {
    const { size, sharePercent } = this.#place;
    const root = document.documentElement;
    this.#panel.dataset['size'] = size;
    root.dataset['labSize'] = size;
    root.toggleAttribute('data-lab-open', this.#isOpen && size === 'normal');
    // The navigation folds or unfolds at the same time.
    document.dispatchEvent(new CustomEvent('lab-open'));
    if (sharePercent === undefined) root.style.removeProperty('--lab-panel-width');
    else root.style.setProperty('--lab-panel-width', `${sharePercent}vw`);
    root.style.setProperty('--lab-terminal-type', `${terminalSettings().fontSize}px`);
    this.#hideWhatIsCovered(size === 'full');
    this.#keepRoom();
    this.#onSize(size);
  }

  /** What is behind a maximised panel must not get the focus. */
  #hideWhatIsCovered(isCovered: boolean): void {
    for (const element of document.querySelectorAll<HTMLElement>('.frame-main, .frame-navigation'))
      element.inert = isCovered;
  }

  #keepRoom(): void {
    const root = document.documentElement.style;
    const { size } = this.#place;
    root.setProperty('--lab-panel-space', this.#query.matches && size === 'normal' ? 'var(--lab-panel-width)' : '0px');
    const isSheet = !this.#query.matches && size !== 'full';
    root.setProperty('--lab-sheet-space', isSheet ? `${this.#panel.offsetHeight}px` : '0px');
    this.#resizeHandle.show(this.#place.sharePercent ?? (this.#panel.offsetWidth / innerWidth) * 100);
  }
}
