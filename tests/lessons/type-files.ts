// A lesson for a reader who only types: types each file that a button would put into place, in the way that the page describes.
import { posix } from 'node:path';
import type { LessonPage, RunBlock } from './lesson-page.ts';
import type { PutFile } from './page-words.ts';

/** What a page must say so that a file can be typed: make the folder, then pass the lines to cat. */
const folderWords = 'mkdir -p ';
const fileWords = /cat > \S+ <<'EOF'/;
/** Folders that every machine has, so a page need not say how to make them. */
const given = new Set(['~', '/etc', '/etc/systemd/system']);
const isGiven = (path: string) => given.has(posix.dirname(path));

/** A page on which some step cannot be done by typing. */
export class NoWords extends Error {
  override name = 'NoWords';
}

/**
 * The same lesson without its buttons: every file is typed as a here-document, and is made executable only if the page
 * says so.
 * @throws {NoWords} when the page puts files and does not say how one is typed
 */
export function typedPage(page: LessonPage): LessonPage {
  requireWords(page);
  const steps = page.steps.map((step) => ({
    ...step,
    items: step.items.map((item) =>
      item.kind === 'run' && item.put !== undefined ? typed(item, item.put, page) : item,
    ),
  }));
  return { ...page, steps };
}

/** @throws {NoWords} */
function requireWords({ lesson, words, steps }: LessonPage): void {
  const puts = steps
    .flatMap(({ items }) => items)
    .flatMap((item) => (item.kind === 'run' && item.put !== undefined ? [item.put.path] : []));
  if (puts.length === 0) return;
  const saysFolder = puts.every(isGiven) || words.includes(folderWords);
  if (saysFolder && fileWords.test(words)) return;
  throw new NoWords(
    `${lesson}: found ${puts.length} files that a button puts, expected words on the page that say how to type one: ` +
      `${puts.every(isGiven) ? '' : `${folderWords}<folder>, and `}cat > <file> <<'EOF'`,
  );
}

function typed(block: RunBlock, { path, text }: PutFile, page: LessonPage): RunBlock {
  const folder = posix.dirname(path);
  const mode = `chmod 755 ${path}`;
  const command = [
    ...(isGiven(path) ? [] : [`${folderWords}${folder}`]),
    `cat > ${path} <<'EOF'`,
    text,
    'EOF',
    ...(page.words.includes(mode) ? [mode] : []),
  ].join('\n');
  return { ...block, command };
}
