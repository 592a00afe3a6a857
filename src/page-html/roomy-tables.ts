// Gives the tables of a page's HTML a box that scrolls, and keeps short words of its inline code whole. Pure.
import { NodeType, parse, type HTMLElement } from 'node-html-parser';

// A word of inline code up to this length fits a phone's line (38 characters at 390 px): longer ones may break.
const wholeCharacters = 30;

/**
 * Puts each table into `<div class="table-box" role="region" tabindex="0">`, named after the heading above it, so that
 * a table wider than the text scrolls by mouse, touch and keyboard. Words with punctuation in inline code (`--rm`,
 * `<lesson>.mdx`) get `<span class="whole">`: a browser would break them after it. Paths may break after a slash.
 * @param title name for a table above the first heading
 * @param label makes from the heading what a screen reader calls the box
 */
export function roomyTables(html: string, title: string, label: (heading: string) => string): string {
  const page = parse(html, { comment: true });
  let heading = title;
  for (const element of page.querySelectorAll('h2, h3, h4, table, code')) {
    if (element.tagName === 'TABLE') boxTable(element, label(heading));
    else if (element.tagName === 'CODE') keepCodeWhole(element);
    else heading = element.textContent.trim();
  }
  return page.toString();
}

function boxTable(table: HTMLElement, name: string): void {
  const box = parse('<div class="table-box" role="region" tabindex="0"></div>').querySelector('div');
  if (box === null) return;
  box.setAttribute('aria-label', name);
  table.replaceWith(box);
  box.appendChild(table);
}

/** Only code without elements inside: whoever wrote elements there had a reason. */
function keepCodeWhole(code: HTMLElement): void {
  const isPlain = code.childNodes.every(({ nodeType }) => nodeType === NodeType.TEXT_NODE);
  if (!isPlain || code.closest('pre')) return;
  code.innerHTML = code.innerHTML.replaceAll(/[^\s/]+/g, (word) =>
    /[^\w.]/.test(word) && word.length <= wholeCharacters ? `<span class="whole">${word}</span>` : word,
  );
}
