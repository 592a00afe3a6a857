// Frontmatter of a page as plain data, for build steps that run before Astro has read it. No validation.
import { parse } from 'yaml';

/** The fields between the page's first two `---` lines; an empty object if there are none. */
export function readFrontmatter(source: string): Record<string, unknown> {
  const block = /^---\r?\n([\s\S]*?)\r?\n---/.exec(source)?.[1];
  const fields: unknown = block === undefined ? undefined : parse(block);
  return typeof fields === 'object' && fields !== null ? { ...fields } : {};
}
