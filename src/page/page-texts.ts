// Texts of the interface for scripts, which the build (Head.astro) puts into the page from content/i18n/.

let texts: Record<string, string> | undefined;

/** Texts by key in the page's language. Empty on a page without them. */
export function pageTexts(): Record<string, string> {
  texts ??= JSON.parse(document.getElementById('page-texts')?.textContent ?? '{}') as Record<string, string>;
  return texts;
}
