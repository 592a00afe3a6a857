// The navigation is a column on wide screens, and a popover behind *Menu* on narrow ones or while a lab needs its room.

/** Same width as in src/styles/layout.css. */
const wide = matchMedia('(min-width: 56rem)');
/** At these widths text and an open lab leave no room for a third column; from 1600 px on there is room. */
const crowded = matchMedia('(min-width: 1100px) and (max-width: 1599.98px)');

class SiteNavigation extends HTMLElement {
  connectedCallback(): void {
    const root = document.documentElement;
    const fit = () => {
      const isFolded = crowded.matches && root.hasAttribute('data-lab-open');
      root.toggleAttribute('data-navigation-folded', isFolded);
      const popover = wide.matches && !isFolded ? null : 'auto';
      if (this.popover !== popover) this.popover = popover;
    };
    fit();
    wide.addEventListener('change', fit);
    crowded.addEventListener('change', fit);
    document.addEventListener('lab-open', fit);
    this.querySelector('[aria-current="page"]')?.scrollIntoView({ block: 'nearest' });
  }
}

customElements.define('site-navigation', SiteNavigation);
