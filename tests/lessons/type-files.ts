// A lesson for a reader who only types: types each file that a button would put into place, in the way that the page describes.
import { posix } from 'node:path';
import type { LessonPage, RunBlock } from './lesson-page.ts';
import type { PutFile } from './page-words.ts';

/** What a page must say so that a file can be typed: make the folder, then pass the lines to cat. */
const folderWords = 'mkdir -p ';
const fileWords = /cat > \S+ <<'EOF'/;

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
  const puts = page.steps.flatMap(({ items }) => items).filter((item) => item.kind === 'run' && item.put !== undefined);
  if (puts.length > 0 && !(page.words.includes(folderWords) && fileWords.test(page.words)))
    throw new NoWords(
      `${page.lesson}: found ${puts.length} files that a button puts, expected words on the page that say how to type one: ` +
        `${folderWords}<folder>, and cat > <file> <<'EOF'`,
    );
  const steps = page.steps.map((step) => ({
    ...step,
    items: step.items.map((item) =>
      item.kind === 'run' && item.put !== undefined ? typed(item, item.put, page) : item,
    ),
  }));
  return { ...page, steps };
}

function typed(block: RunBlock, { path, text }: PutFile, page: LessonPage): RunBlock {
  const folder = posix.dirname(path);
  const mode = `chmod 755 ${path}`;
  const command = [
    ...(folder === '~' ? [] : [`${folderWords}${folder}`]),
    `cat > ${path} <<'EOF'`,
    text,
    'EOF',
    ...(page.words.includes(mode) ? [mode] : []),
  ].join('\n');
  return { ...block, command };
}
