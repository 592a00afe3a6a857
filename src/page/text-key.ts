// The keys of the interface's texts as types: a key that the page's scripts are not given does not compile. No values.

/** Prefixes of the keys of the texts that every page carries for its scripts (Head.astro); other texts are built into the HTML. */
export const textsForScripts = [
  'fence',
  'step',
  'check',
  'hint',
  'solution',
  'progress',
  'panel',
  'lab',
  'running',
  'terminal',
  'theme',
] as const;

/** A key of content/i18n/en.json that scripts may ask for. */
export type TextKey = Extract<
  keyof typeof import('../../content/i18n/en.json'),
  `${(typeof textsForScripts)[number]}.${string}`
>;

/** What the reader is asked before something is lost: `<question>.yes` is a text, and so are `.title` and `.text`. */
export type Question = TextKey extends infer Key ? (Key extends `${infer Name}.yes` ? Name : never) : never;
