// The search: opens on its button or on `/`, and loads the index only then. Ctrl+K stays the terminal's.

/** Where a `/` is text. A terminal's input is a textarea. */
const textFields = 'input, textarea, select, [contenteditable]:not([contenteditable="false"])';

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
      const isTyping = event.target instanceof Element && event.target.closest(textFields) !== null;
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
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
    // Pagefind names its field by a title alone, which screen readers treat as a remark.
    input?.setAttribute('aria-label', this.#dialog?.getAttribute('aria-label') ?? '');
    input?.focus();
  }
}

customElements.define('search-dialog', SearchDialog);
