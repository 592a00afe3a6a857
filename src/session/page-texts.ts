// The interface's texts with their placeholders filled. The texts themselves are in content/i18n/.
import { pageTexts } from '../page/page-texts.ts';
import type { TextKey } from '../page/text-key.ts';

/** Values for a text's `{placeholders}`. */
export type TextValues = Record<string, string | number>;

/** The text of a key with its placeholders filled; the key itself on a page without texts (a unit test). */
export function text(key: TextKey, values: TextValues = {}): string {
  return fillPlaceholders(pageTexts()[key] ?? key, values);
}

/** Like `text`, for a key that ends in something from a server or a machine: undefined when the page has no such text. */
export function knownText(key: string, values: TextValues = {}): string | undefined {
  const template = Object.hasOwn(pageTexts(), key) ? pageTexts()[key] : undefined;
  return template === undefined ? undefined : fillPlaceholders(template, values);
}

/** Replaces each `{name}` that has a value; others stay as they are. Plain text in, plain text out. */
export function fillPlaceholders(template: string, values: TextValues): string {
  return template.replace(/\{([\w-]+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole,
  );
}
