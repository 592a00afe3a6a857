// What a button is called: its words for everybody, and for screen readers what it is for as well: "Run: podman images".
import { pageTexts } from './page-texts.ts';

// Enough to tell one block from another; the whole of it is read anyway.
const nameCharacters = 60;

/** The beginning of a text that may be long: its first line with something in it, cut where names get too long to hear. */
export function shortName(text: string): string {
  const line = (text.split('\n').find((one) => one.trim() !== '') ?? '').trim();
  return line.length <= nameCharacters ? line : `${line.slice(0, nameCharacters - 1).trimEnd()}…`;
}

/** @param template the text `fence.named`, in which the words come first: who speaks to the computer says what is seen */
export function buttonName(template: string, words: string, what: string): string {
  return template.replace('{button}', () => words).replace('{what}', () => what);
}

/** Gives a button new words. The page was built with what it is for, in `data-of`; without that the words are its name. */
export function nameButton(button: Pick<HTMLElement, 'dataset' | 'textContent' | 'setAttribute'>, words: string): void {
  if (button.textContent !== words) button.textContent = words;
  const what = button.dataset['of'];
  if (what === undefined) return;
  button.setAttribute('aria-label', buttonName(pageTexts()['fence.named'] ?? '{button}: {what}', words, what));
}
