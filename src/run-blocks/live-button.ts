// Enables a button in the page's text. Pages are served with disabled buttons, which do nothing without the script.
import { isUsable } from '../page/usable-button.ts';

/**
 * Enables a button of an element.
 * @param onClick called until the signal aborts, but not while the button is not usable
 * @returns undefined when the element has no such button
 */
export function enableButton(
  element: HTMLElement,
  selector: string,
  onClick: (button: HTMLButtonElement) => void,
  signal: AbortSignal,
): HTMLButtonElement | undefined {
  const button = element.querySelector<HTMLButtonElement>(selector);
  if (button === null) return undefined;
  button.disabled = false;
  button.addEventListener('click', () => isUsable(button) && onClick(button), { signal });
  return button;
}
