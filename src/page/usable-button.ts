// A button that cannot be pressed at the moment but keeps the focus: `disabled` would move the focus to the page's beginning.

/** Whether pressing it has an effect now. */
export function isUsable(button: Pick<HTMLElement, 'getAttribute'>): boolean {
  return button.getAttribute('aria-disabled') !== 'true';
}

/**
 * Sets whether a button can be pressed. Screen readers announce it; code that listens for its clicks has to ask `isUsable`,
 * as `makeButton` and `enableButton` do.
 */
export function setUsable(
  button: Pick<HTMLElement, 'getAttribute' | 'setAttribute' | 'removeAttribute'>,
  canBePressed: boolean,
): void {
  if (canBePressed === isUsable(button)) return;
  if (canBePressed) button.removeAttribute('aria-disabled');
  else button.setAttribute('aria-disabled', 'true');
}
