// Which texts of content/i18n/ no source uses, and which keys have no text. Reads literals and templates; runs no code.

/** The keys that were found. Empty: all is well. */
export interface TextFaults {
  /** Keys of texts that no source names. */
  unused: string[];
  /** Keys that a source uses by name and that have no text. */
  missing: string[];
}

// A quoted word without blanks, as every key is. Limited in length, because sources are read whole.
const literal = /'([\w.-]{1,120})'|"([\w.-]{1,120})"/g;
const template = /`((?:[^`$\s]|\$\{[^}`]{1,80}\}){1,160})`/g;
const asked = /\b(?:text|t)\(\s*'([\w.-]{1,120})'/g;
const placeholder = /\$\{[^}]*\}/;

/**
 * @param keys of the English texts
 * @param sources the code that may use them, without tests
 * @param isOthers whether a key belongs to the site generator, which has the text for it
 */
export function findTextFaults(
  keys: readonly string[],
  sources: readonly string[],
  isOthers: (key: string) => boolean,
): TextFaults {
  const known = new Set(keys.map(withoutNumber));
  const used = new Set<string>();
  const templates = new Set<string>();
  const missing = new Set<string>();
  for (const source of sources) {
    for (const [, single, double] of source.matchAll(literal)) used.add(single ?? double ?? '');
    for (const [, words = ''] of source.matchAll(template)) if (placeholder.test(words)) templates.add(words);
    for (const [, key = ''] of source.matchAll(asked)) {
      if (key.includes('.') && !known.has(key) && !isOthers(key)) missing.add(key);
    }
  }
  const patterns = [...templates].map((words) => patternOf(words, used)).filter((pattern) => pattern !== undefined);
  const isUsed = (key: string) =>
    [key, withoutNumber(key)].some((name) => used.has(name) || patterns.some((matches) => matches(name)));
  return { unused: keys.filter((key) => !isUsed(key)), missing: [...missing] };
}

/** The site generator picks `key_one` or `key_other` itself when it is asked for `key` with a count. */
function withoutNumber(key: string): string {
  return key.replace(/_(?:one|other)$/, '');
}

/**
 * A template with words before its first placeholder stands for every key of that shape. One that begins with a placeholder,
 * such as `${question}.yes`, stands for the keys whose beginning is named somewhere.
 */
function patternOf(words: string, used: ReadonlySet<string>): ((key: string) => boolean) | undefined {
  const parts = words.split(/\$\{[^}]*\}/);
  const [first = '', ...rest] = parts;
  const last = rest.at(-1) ?? '';
  if (first.includes('.')) {
    const shape = new RegExp(`^${parts.map(escapeShape).join('[\\w.-]*')}$`);
    return (key) => shape.test(key);
  }
  if (first !== '' || rest.length !== 1 || !last.startsWith('.')) return undefined;
  return (key) => key.endsWith(last) && used.has(key.slice(0, -last.length));
}

function escapeShape(words: string): string {
  return words.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
