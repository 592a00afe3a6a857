// Splits a step's HTML into its heading and the rest, so that both can be laid out. Rule: a step begins with one h2.
import { parse } from 'node-html-parser';

const firstHeading = /^\s*(?:<div class="sl-heading-wrapper[^>]*>\s*)?(<h2\b[\s\S]*?<\/h2>)/;

/**
 * @param html the HTML that was made from the step's Markdown.
 * @returns its heading, the heading's words alone, and the rest.
 * @throws {Error} naming page and step when the step does not begin with an h2 or has a second one.
 */
export function splitStep(html: string, id: string, page: string): { heading: string; title: string; text: string } {
  const match = firstHeading.exec(html);
  const fault = (found: string) =>
    new Error(`${page}: <Step id="${id}">: found ${found}, expected one "## Heading" as the first thing in the step`);
  if (!match?.[1]) throw fault(html.trim() === '' ? 'nothing' : `"${html.trim().slice(0, 60)}"`);
  const text = html.slice(match[0].length);
  if (/<h2\b/.test(text)) throw fault('a second h2');
  return { heading: match[1], title: parse(match[1]).textContent.trim(), text };
}

/**
 * Names the parts that several steps of a page have, such as hints and solutions: `data-of-step` on an element becomes its `aria-label`.
 * @param named makes the name of an element from its words
 */
export function nameOfStep(html: string, named: (words: string) => string): string {
  return html.replaceAll(/ data-of-step(?:="[^"]*")?>([^<]+)</g, (_all, words: string) => {
    const name = named(words.trim()).replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    return ` aria-label="${name}">${words}<`;
  });
}
