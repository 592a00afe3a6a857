// Copies text to the system's clipboard, with the modern interface or, where that is refused, with the old one.

/** @returns whether the text is now on the clipboard. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    // Not available over plain http, without focus, or when the reader forbade it: the old way needs less.
    console.debug('clipboard interface refused, using the old way', error);
    return copyBySelection(text);
  }
}

/** The clipboard's text; undefined where pages may not read it. */
export async function readClipboard(): Promise<string | undefined> {
  try {
    return await navigator.clipboard.readText();
  } catch (error) {
    console.debug('clipboard may not be read', error);
    return undefined;
  }
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'sr-only';
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return isCopied;
}
