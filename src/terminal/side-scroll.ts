// Shows that a terminal is wider than its place: shades at the edges, and a button that scrolls, for keyboards and thumbs.
import { make } from '../lab-panel/make-element.ts';
import { text } from '../session/page-texts.ts';

/** Less than this is the space that xterm leaves beside the last column, not a hidden column. */
const leastHiddenPx = 12;
/** Share of the place's width that one press scrolls: some columns stay visible, so that readers keep their place. */
const pressShare = 0.8;

/**
 * Puts the button before `place` into their common box, which also has the shades. The button stays as long as anything is
 * hidden, and so does the focus: at the end it scrolls back to the beginning.
 * @param place the box that scrolls, around the terminal
 */
export function offerSideScroll(place: HTMLElement, signal: AbortSignal): void {
  const box = place.parentElement;
  const button = make('button', { class: 'lab-side-scroll', attributes: { type: 'button' } });
  button.hidden = true;
  place.before(button);
  const hiddenRight = () => place.scrollWidth - place.clientWidth - place.scrollLeft;
  const isAtEnd = () => hiddenRight() < leastHiddenPx;
  const show = () => {
    button.hidden = place.scrollWidth - place.clientWidth < leastHiddenPx;
    box?.toggleAttribute('data-more-left', !button.hidden && place.scrollLeft >= leastHiddenPx);
    box?.toggleAttribute('data-more-right', !button.hidden && !isAtEnd());
    button.textContent = isAtEnd() ? '‹' : '›';
    button.setAttribute('aria-label', text(isAtEnd() ? 'lab.sideScroll.back' : 'lab.sideScroll.right'));
    button.title = button.getAttribute('aria-label') ?? '';
  };
  const press = () => {
    const left = isAtEnd() ? 0 : place.scrollLeft + place.clientWidth * pressShare;
    place.scrollTo({ left, behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth' });
  };
  button.addEventListener('click', press, { signal });
  // The terminal keeps the focus, and a phone keeps its keyboard open.
  button.addEventListener('pointerdown', (event) => event.preventDefault(), { signal });
  place.addEventListener('scroll', show, { signal });
  const observer = new ResizeObserver(show);
  for (const element of [place, ...place.children]) observer.observe(element);
  signal.addEventListener('abort', () => {
    observer.disconnect();
    button.remove();
  });
}
