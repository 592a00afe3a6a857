// The search: opens on its button or on Ctrl+K, and loads the index only then. No single key opens it: anybody who dictates
// or rests a hand on the keyboard may type single keys (WCAG 2.1.4).

/** Elements that use Ctrl+K themselves when they have the focus: text fields, a terminal (its input is a textarea), a machine's screen. */
const ownKeys = 'input, textarea, select, [contenteditable]:not([contenteditable="false"]), canvas';

class SearchDialog extends HTMLElement {
  #dialog: HTMLDialogElement | null = null;
  #isLoaded = false;

  connectedCallback(): void {
    this.#dialog = this.querySelector('dialog');
    const button = this.querySelector<HTMLButtonElement>('[data-search-open]');
    if (!this.#dialog || !button) return;
    button.disabled = false;
    button.addEventListener('click', () => void this.#open());
    this.querySelector('[data-search-close]')?.addEventListener('click', () => this.#dialog?.close());
    this.#dialog.addEventListener('click', (event) => {
      const target = event.target;
      if (target === this.#dialog || (target instanceof Element && target.closest('a'))) this.#dialog?.close();
    });
    document.addEventListener('keydown', (event) => {
      const isTaken = event.target instanceof Element && event.target.closest(ownKeys) !== null;
      const isSearch = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.code === 'KeyK';
      if (!isSearch || isTaken) return;
      event.preventDefault();
      void this.#open();
    });
  }

  async #open(): Promise<void> {
    if (!this.#dialog?.open) this.#dialog?.showModal();
    if (!this.#isLoaded) {
      this.#isLoaded = true;
      const { PagefindUI } = await import('@pagefind/default-ui');
      const base = this.dataset.base ?? '/';
      new PagefindUI({
        element: '#search-box',
        baseUrl: base,
        bundlePath: `${base.replace(/\/$/, '')}/pagefind/`,
        showImages: false,
        showSubResults: true,
        resetStyles: false,
        translations: JSON.parse(this.dataset.translations ?? '{}') as Record<string, string>,
      });
    }
    const input = this.querySelector('input');
    // Pagefind names its field only by a title, which screen readers treat as a description.
    input?.setAttribute('aria-label', this.#dialog?.getAttribute('aria-label') ?? '');
    input?.focus();
  }
}

customElements.define('search-dialog', SearchDialog);
