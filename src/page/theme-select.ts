// Keeps page colours, the stored choice and the select boxes in sync. ThemeProvider.astro sets the colours before the first paint.
import { forgetKept, keep, readKept } from './browser-storage.ts';

const storageKey = 'euos-labs:theme';
const lightScheme = matchMedia('(prefers-color-scheme: light)');
const selects = () => document.querySelectorAll<HTMLSelectElement>('[data-theme-select]');

function storeChoice(choice: string): void {
  if (choice === 'auto') forgetKept(storageKey);
  else keep(storageKey, choice);
}

function apply(choice: string): void {
  const isLight = choice === 'auto' ? lightScheme.matches : choice === 'light';
  document.documentElement.dataset.theme = isLight ? 'light' : 'dark';
  for (const select of selects()) select.value = choice;
}

let choice = readKept(storageKey) ?? 'auto';
apply(choice);
lightScheme.addEventListener('change', () => apply(choice));
for (const select of selects()) {
  select.addEventListener('change', () => {
    choice = select.value;
    storeChoice(choice);
    apply(choice);
  });
}
