// Splits a step's HTML into its heading and the rest, so that both can be laid out. Rule: a step begins with one h2.

const firstHeading = /^\s*(?:<div class="sl-heading-wrapper[^>]*>\s*)?(<h2\b[\s\S]*?<\/h2>)/;

/**
 * @param html what the step's Markdown became.
 * @throws {Error} naming page and step when the step does not begin with an h2 or has a second one.
 */
export function splitStep(html: string, id: string, page: string): { heading: string; text: string } {
  const match = firstHeading.exec(html);
  const fault = (found: string) =>
    new Error(`${page}: <Step id="${id}">: found ${found}, expected one "## Heading" as the first thing in the step`);
  if (!match?.[1]) throw fault(html.trim() === '' ? 'nothing' : `"${html.trim().slice(0, 60)}"`);
  const text = html.slice(match[0].length);
  if (/<h2\b/.test(text)) throw fault('a second h2');
  return { heading: match[1], text };
}
