// How long ago a lesson was verified: the page is built once, so the reader's clock decides.
import { ageWords } from './age-words.ts';

const lang = document.documentElement.lang;
for (const element of document.querySelectorAll<HTMLElement>('[data-proof-date]')) {
  const words = ageWords(element.dataset['proofDate'] ?? '', Date.now(), lang);
  if (words !== undefined) element.textContent = `(${words})`;
}
