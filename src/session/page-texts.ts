// The interface's words with their placeholders filled. Holds no words itself: they are in content/i18n/.
import { pageTexts } from '../page/page-texts.ts';

/** Values for a text's `{placeholders}`. */
export type TextValues = Record<string, string | number>;

/** The text of a key with its placeholders filled; the key itself when the page has no such text. */
export function text(key: string, values: TextValues = {}): string {
  return fillPlaceholders(pageTexts()[key] ?? key, values);
}

/** Replaces each `{name}` that has a value; others stay as they are. Plain text in, plain text out. */
export function fillPlaceholders(template: string, values: TextValues): string {
  return template.replace(/\{([\w-]+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole,
  );
}
