// Names an image by all of its inputs: a hash of file names, modes and contents. Reads files; builds nothing.
import { createHash, type Hash } from 'node:crypto';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Characters of the hash in a tag: 48 bits are plenty for a handful of images. */
const tagLength = 12;

/**
 * Hash of folders and of words that matter in addition (the parent image's hash, the suite).
 * @param folders absolute paths; each must exist
 * @returns 12 hexadecimal characters; equal exactly when names, executable bits, link targets, contents and words are equal.
 */
export async function hashInputs(folders: readonly string[], words: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const word of words) add(hash, 'word', word);
  for (const folder of folders) await addFolder(hash, folder, '');
  return hash.digest('hex').slice(0, tagLength);
}

async function addFolder(hash: Hash, folder: string, prefix: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  // readdir returns the file system's order; a hash needs a fixed one.
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) await addFolder(hash, path, `${name}/`);
    else if (entry.isSymbolicLink()) add(hash, `link ${name}`, await readlink(path));
    else if (!isTest(entry.name)) {
      const executable = ((await stat(path)).mode & 0o111) !== 0;
      add(hash, `${executable ? 'program' : 'file'} ${name}`, await readFile(path));
    }
  }
}

/** Tests are beside what they test and not part of an image. */
function isTest(name: string): boolean {
  return name.endsWith('.test.ts');
}

function add(hash: Hash, label: string, content: string | Buffer): void {
  // With the lengths, two neighbours cannot be mistaken for one.
  hash.update(`${label}\0${Buffer.byteLength(content)}\0`).update(content);
}
