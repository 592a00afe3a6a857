// The hash of everything that a lesson consists of. A verification report is valid only while the hash is the same. Reads files only.
import { createHash, type Hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * SHA-256 (hexadecimal) over a lesson's page and those of the lessons that it builds on, its lab's folder, the inputs of
 * all lab images, and the messages of its checks. Names and executable bits count, times and owners do not.
 * @param root the project's folder.
 * @param lesson slug of the page, for example `build/ship-it`.
 * @param lab name of its lab, a folder under labs/.
 * @param before the lessons that it builds on, in their order: `lessonsBefore` of labs/lesson-chain.ts.
 * @throws {Error} when a page does not exist.
 */
export function lessonHash(root: string, lesson: string, lab: string, before: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of [
    ...[...before, lesson].map((slug) => pageOf(root, slug)),
    path.join('labs', lab),
    path.join('labs', 'images'),
    path.join('content', 'checks', `${lab}.en.yaml`),
  ]) {
    addPart(hash, root, part);
  }
  return hash.digest('hex');
}

/**
 * SHA-256 (hexadecimal) over what the lab's sandboxes are made from beside their images: its machines' description as
 * JSON, and its files. Checks only look at a machine and do not count.
 */
export function labBeginningHash(root: string, lab: string, machines: unknown): string {
  const hash = createHash('sha256').update(`${JSON.stringify(machines)}\0`);
  addPart(hash, root, path.join('labs', lab, 'files'));
  return hash.digest('hex');
}

function pageOf(root: string, lesson: string): string {
  const pages = ['.mdx', '.md'].map((ending) => path.join('content', 'docs', `${lesson}${ending}`));
  const found = pages.find((file) => existsSync(path.join(root, file)));
  if (found === undefined) throw new Error(`found no page for the lesson ${lesson}, expected ${pages.join(' or ')}`);
  return found;
}

/** Adds a file, or all files below a folder in the order of their names. A part that does not exist adds nothing. */
function addPart(hash: Hash, root: string, part: string): void {
  const absolute = path.join(root, part);
  if (!existsSync(absolute)) return;
  const state = statSync(absolute);
  if (state.isDirectory()) {
    for (const name of readdirSync(absolute).toSorted()) {
      if (name !== '__pycache__') addPart(hash, root, path.join(part, name));
    }
    return;
  }
  const mode = (state.mode & 0o100) === 0 ? 'file' : 'executable';
  const content = readFileSync(absolute);
  hash.update(`${part.split(path.sep).join('/')}\0${mode}\0${content.length}\0`);
  hash.update(content);
}
