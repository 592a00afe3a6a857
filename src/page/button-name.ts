// Names of buttons: everybody sees the words, and screen readers also get the purpose: "Run: podman images".
import { pageTexts } from './page-texts.ts';

// Enough to distinguish blocks; the whole code is read anyway.
const nameCharacters = 60;

/** The beginning of a text that may be long: its first line that is not empty, cut where a name would be too long to listen to. */
export function shortName(text: string): string {
  const line = (text.split('\n').find((one) => one.trim() !== '') ?? '').trim();
  return line.length <= nameCharacters ? line : `${line.slice(0, nameCharacters - 1).trimEnd()}…`;
}

/** @param template the text `fence.named`, in which the words come first, because users of voice control say what they see */
export function buttonName(template: string, words: string, what: string): string {
  return template.replace('{button}', () => words).replace('{what}', () => what);
}

/**
 * Gives a button new words. The built page has its purpose in `data-of`; without that the words are the name. What the
 * name adds to the words is in `data-words`: "{button}, meant to fail".
 */
export function nameButton(button: Pick<HTMLElement, 'dataset' | 'textContent' | 'setAttribute'>, words: string): void {
  if (button.textContent !== words) button.textContent = words;
  const what = button.dataset['of'];
  if (what === undefined) return;
  const named = button.dataset['words']?.replace('{button}', () => words) ?? words;
  button.setAttribute('aria-label', buttonName(pageTexts()['fence.named'] ?? '{button}: {what}', named, what));
}
