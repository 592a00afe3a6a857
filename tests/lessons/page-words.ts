// A built page's text and the files that it shows: everything that a reader who only types needs. Knows no steps.
import { parse, type HTMLElement } from 'node-html-parser';

/** The parser is told to read the elements inside code blocks; by default it takes them for text. */
export const parsing = { blockTextElements: { script: true, noscript: true, style: true } };

/** A file that a block puts into a machine, as the page shows it. */
export interface PutFile {
  /** `~/os/Containerfile`. */
  path: string;
  /** Its lines, without the last line break. */
  text: string;
}

/** Lines are blocks in the page's markup; an empty one contains its line break. */
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
