// Which lines of a shell text begin a command: these get a dim `$`, the others continue it. Not a shell parser.

/**
 * Indexes (from 0) of the lines that begin a command.
 * Recognises line continuation, here-documents, open quotes, and compound commands by their opening and closing words.
 */
export function commandLines(code: string): Set<number> {
  const starts = new Set<number>();
  let inside: Inside = { quote: undefined, documents: [], depth: 0, continued: false };
  code.split('\n').forEach((line, index) => {
    const [document] = inside.documents;
    if (document !== undefined) {
      if (line.replace(/^\t+/, '') === document) inside.documents.shift();
      return;
    }
    const begins = !inside.continued && inside.quote === undefined && inside.depth === 0;
    const text = line.trim();
    if (begins && text !== '' && !text.startsWith('#')) starts.add(index);
    inside = afterLine(line, inside);
  });
  return starts;
}

interface Inside {
  quote: string | undefined;
  documents: string[];
  depth: number;
  continued: boolean;
}

const opening = /(?:^|[;&|(]|\s)(?:if|for|while|until|case|\{)(?=\s|$)/g;
const closing = /(?:^|[;&|)]|\s)(?:fi|done|esac|\})(?=[\s;&|)]|$)/g;

function afterLine(line: string, before: Inside): Inside {
  let quote = before.quote;
  let bare = '';
  for (let index = 0; index < line.length; index += 1) {
    const character = line.charAt(index);
    if (character === '\\' && quote !== "'") index += 1;
    else if (quote !== undefined) quote = character === quote ? undefined : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '#' && (bare === '' || /\s$/.test(bare))) break;
    else bare += character;
  }
  const documents = [...line.matchAll(/<<-?\s*(["']?)(\w+)\1/g)].map((match) => match[2] ?? '');
  const depth = before.depth + (bare.match(opening)?.length ?? 0) - (bare.match(closing)?.length ?? 0);
  const continued = quote === undefined && /(^|[^\\])(\\\\)*\\$|(\||&&)\s*$/.test(line);
  return { quote, documents: quote === undefined ? documents : [], depth: Math.max(0, depth), continued };
}
