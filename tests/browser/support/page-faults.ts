// Finds text that a reader cannot see completely. Each function runs in the page, so it is self-contained.

/** Finds what extends beyond the right edge of the text or the window and is not in a box that scrolls. */
export function cutOff(): string[] {
  const pane = document.querySelector('.main-pane');
  if (pane === null) return [];
  const right = Math.min(pane.getBoundingClientRect().right, innerWidth) + 1;
  const scrolls = (element: Element | null): boolean =>
    element !== null &&
    element !== pane &&
    (/^(auto|scroll)$/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
  const found = [...pane.querySelectorAll('*')]
    .filter((element) => element.checkVisibility() && element.closest('svg, .sr-only') === null)
    .filter((element) => element.getBoundingClientRect().right > right && !scrolls(element.parentElement))
    .map((element) => `cut off: ${element.tagName} ${(element.textContent ?? '').trim().slice(0, 40)}`);
  const root = document.documentElement;
  return root.scrollWidth > innerWidth ? [...found, `the page is ${root.scrollWidth} px wide`] : found;
}

/**
 * Finds words in tables, headings and inline code that are split over two lines. Readers expect breaks at a hyphen in prose
 * and after a slash; a hyphen in code is a part of the word, as long as the word fits on a phone's line.
 */
export function tornWords(): string[] {
  const places = document.querySelectorAll('.main-pane :is(th, td, h1, h2, h3), .main-pane code');
  return [...places].flatMap((place) => {
    if (!place.checkVisibility() || place.closest('pre') !== null) return [];
    const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    const torn: string[] = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const isCode = node.parentElement?.closest('code') !== null;
      for (const match of (node.textContent ?? '').matchAll(isCode ? /[^\s/]+/g : /[^\s/–-]+/g)) {
        if (isCode && match[0].length > 30) continue;
        const range = document.createRange();
        range.setStart(node, match.index);
        range.setEnd(node, match.index + match[0].length);
        const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
        if (tops.size > 1) torn.push(`torn: ${match[0]}`);
      }
    }
    return torn;
  });
}

/** Finds boxes that scroll but that the keyboard cannot reach or that have no name for a screen reader. */
export function namelessScrollers(): string[] {
  return [...document.querySelectorAll<HTMLElement>('.main-pane *')]
    .filter((box) => /^(auto|scroll)$/.test(getComputedStyle(box).overflowX) && box.scrollWidth > box.clientWidth)
    .filter((box) => box.tabIndex < 0 || !(box.hasAttribute('aria-label') || box.hasAttribute('aria-labelledby')))
    .map((box) => `no name or no key: ${box.tagName}.${box.className}`);
}
