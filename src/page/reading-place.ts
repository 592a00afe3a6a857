// Where in a lesson's text the reader was last: the element that had the focus, or that was clicked or selected. Never outside the text.
const textSelector = '.sl-markdown-content';

let last: HTMLElement | undefined;

/** Listens as long as the page is open. */
export function rememberReadingPlace(): void {
  document.addEventListener('focusin', (event) => remember(event.target));
  document.addEventListener('selectionchange', () => {
    const node = document.getSelection()?.anchorNode;
    remember(node instanceof Element ? node : node?.parentElement);
  });
}

/** The last place in the text that is still there and visible. */
export function readingPlace(): HTMLElement | undefined {
  return last?.isConnected === true && last.checkVisibility() ? last : undefined;
}

function remember(place: unknown): void {
  if (!(place instanceof HTMLElement)) return;
  // The panel and the links between lessons are on the page, but not in the text.
  if (place.closest('lab-panel') === null && place.closest(textSelector) !== null && !place.matches(textSelector))
    last = place;
}
