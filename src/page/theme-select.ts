// Keeps page colours, the stored choice and the select boxes in step. Colours before the first paint: ThemeProvider.astro.

const storageKey = 'euos-labs:theme';
const lightScheme = matchMedia('(prefers-color-scheme: light)');
const selects = () => document.querySelectorAll<HTMLSelectElement>('[data-theme-select]');

function readChoice(): string {
  try {
    return localStorage.getItem(storageKey) ?? 'auto';
  } catch (error) {
    // Storage may be forbidden by the browser's settings: the choice then lasts for the page.
    console.debug('theme not stored', error);
    return 'auto';
  }
}

function storeChoice(choice: string): void {
  try {
    if (choice === 'auto') localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, choice);
  } catch (error) {
    console.debug('theme not stored', error);
  }
}

function apply(choice: string): void {
  const isLight = choice === 'auto' ? lightScheme.matches : choice === 'light';
  document.documentElement.dataset.theme = isLight ? 'light' : 'dark';
  for (const select of selects()) select.value = choice;
}

let choice = readChoice();
apply(choice);
lightScheme.addEventListener('change', () => apply(choice));
for (const select of selects()) {
  select.addEventListener('change', () => {
    choice = select.value;
    storeChoice(choice);
    apply(choice);
  });
}
