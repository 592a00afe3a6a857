// Buttons of a page that would have the same name, such as Run for the same command in two steps, get their step's title behind. Pure.
import { parse, type HTMLElement } from 'node-html-parser';

/** @param html a page's HTML, in which named buttons have `data-of` (what they are for) and `aria-label`, which ends in it */
export function distinctNames(html: string): string {
  const page = parse(html, { comment: true });
  const buttons = page.querySelectorAll('button[data-of][aria-label]');
  const byName = new Map<string, HTMLElement[]>();
  for (const button of buttons) {
    const name = button.getAttribute('aria-label') ?? '';
    byName.set(name, [...(byName.get(name) ?? []), button]);
  }
  for (const same of byName.values()) {
    if (same.length > 1) for (const button of same) addStep(button);
  }
  return page.toString();
}

function addStep(button: HTMLElement): void {
  const title = button.closest('lab-step')?.querySelector('h2')?.textContent.trim();
  if (title === undefined || title === '') return;
  for (const name of ['data-of', 'aria-label'])
    button.setAttribute(name, `${button.getAttribute(name) ?? ''}, ${title}`);
}
