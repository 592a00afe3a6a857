// The navigation is a popover on narrow screens, which needs no script, and a column on wide ones.

/** Same width as in src/styles/layout.css. */
const wide = matchMedia('(min-width: 56rem)');

class SiteNavigation extends HTMLElement {
  connectedCallback(): void {
    const fit = () => {
      this.popover = wide.matches ? null : 'auto';
    };
    fit();
    wide.addEventListener('change', fit);
    this.querySelector('[aria-current="page"]')?.scrollIntoView({ block: 'nearest' });
  }
}

customElements.define('site-navigation', SiteNavigation);
