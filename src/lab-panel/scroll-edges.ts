// Marks at which edges a place that scrolls has more, as `data-more-left`, `-right`, `-above`, `-below`; the styles draw it.

/** Less is a rounded pixel or a border, not something that cannot be seen. */
const leastHiddenPx = 6;

export function markEdges(place: HTMLElement, signal: AbortSignal): void {
  const show = () => {
    const { scrollLeft, scrollTop, scrollWidth, scrollHeight, clientWidth, clientHeight } = place;
    const hidden = {
      left: scrollLeft,
      right: scrollWidth - clientWidth - scrollLeft,
      above: scrollTop,
      below: scrollHeight - clientHeight - scrollTop,
    };
    for (const [edge, px] of Object.entries(hidden)) place.toggleAttribute(`data-more-${edge}`, px >= leastHiddenPx);
  };
  place.addEventListener('scroll', show, { signal, passive: true });
  const sizes = new ResizeObserver(show);
  sizes.observe(place);
  const contents = new MutationObserver(show);
  contents.observe(place, {
    subtree: true,
    childList: true,
    characterData: true,
    attributeFilter: ['hidden', 'style'],
  });
  signal.addEventListener('abort', () => {
    sizes.disconnect();
    contents.disconnect();
  });
  show();
}
