// Keeps what the reader looks at in place while the text changes its width: the block just clicked, otherwise what is at the top.

/** @param change changes the layout at once */
export function keepInSight(change: () => void): void {
  const anchor = whatIsRead();
  const before = anchor?.getBoundingClientRect().top;
  change();
  if (anchor === undefined || before === undefined || !anchor.isConnected) return;
  scrollBy({ top: anchor.getBoundingClientRect().top - before, behavior: 'instant' });
}

function whatIsRead(): Element | undefined {
  const isInSight = (element: Element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  };
  const text = document.querySelector('.frame-main');
  const focused = document.activeElement;
  if (focused !== null && text?.contains(focused) === true && isInSight(focused)) return focused;
  // At the very top nothing has to be kept in place: the title stays.
  if (scrollY === 0) return undefined;
  return [...document.querySelectorAll('.text :is(h2, h3, p, li, pre)')].find(isInSight);
}
