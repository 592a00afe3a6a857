// The keys of the interface's texts as types: a key that content/i18n/en.json lacks does not compile. No values.

/** A key of content/i18n/en.json. */
export type TextKey = Exclude<keyof typeof import('../../content/i18n/en.json'), 'default'>;

/** What the reader is asked before something is lost: `<question>.yes` is a text, and so are `.title` and `.text`. */
export type Question = TextKey extends infer Key ? (Key extends `${infer Name}.yes` ? Name : never) : never;
