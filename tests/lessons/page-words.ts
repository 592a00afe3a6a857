// What a built page says in words and shows as files: all that a reader who types everything needs. Knows no steps.
import { parse, type HTMLElement } from 'node-html-parser';

/** Code blocks are read as what they are made of; the parser would take them for text. */
export const parsing = { blockTextElements: { script: true, noscript: true, style: true } };

/** A file that a block puts into a machine, as the page shows it. */
export interface PutFile {
  /** `~/os/Containerfile`. */
  path: string;
  /** Its lines, without the end of the last one. */
  text: string;
}

/** Lines are blocks of the page's markup, each with its end where it is empty. */
export function putOf(element: HTMLElement): { put?: PutFile } {
  const path = element.getAttribute('data-put');
  if (path === undefined || path === '') return {};
  const lines = element.querySelectorAll('.ec-line').map((line) => line.text.replace(/\n$/, ''));
  return { put: { path, text: lines.join('\n') } };
}

/** The page's text outside of the blocks that it runs. */
export function wordsOf(page: HTMLElement): string {
  const copy = parse(page.outerHTML, parsing);
  for (const block of copy.querySelectorAll('lab-run')) block.remove();
  return copy.text;
}
