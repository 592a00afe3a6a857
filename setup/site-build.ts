// Builds the site when its inputs have changed since the last build. Knows the inputs and the stamp, not Astro.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';

/** Everything that reaches a page. server/protocol is bundled into the page's script. */
const inputPatterns = [
  'content/**/*',
  'src/**/*',
  'labs/**/*',
  'public/**/*',
  'server/protocol/*.ts',
  'astro.config.*',
  'content.config.ts',
  'tsconfig.json',
  'package-lock.json',
];

/** The build of four lessons takes 15 s on two busy cores; a hundred pages would take minutes. */
const buildTimeoutMs = 10 * 60_000;

/** Inside dist/, which a build empties first: an interrupted build has no stamp. */
function stampFile(root: string): string {
  return path.join(root, 'dist/.built-from');
}

/** @returns false when dist/ was already made from exactly these inputs */
export async function isSiteStale(root: string): Promise<boolean> {
  if (!existsSync(stampFile(root))) return true;
  return (await readFile(stampFile(root), 'utf8')) !== (await hashInputs(root));
}

/**
 * @param say gets the lines of the build that show its progress
 * @throws {Error} with the last lines of the build when it failed
 */
export async function buildSite(root: string, say: (line: string) => void): Promise<void> {
  const hash = await hashInputs(root);
  const build = execa('astro', ['build'], {
    cwd: root,
    preferLocal: true,
    localDir: root,
    all: true,
    reject: false,
    timeout: buildTimeoutMs,
    env: { ASTRO_TELEMETRY_DISABLED: '1', NO_COLOR: '1' },
  });
  const lines: string[] = [];
  for await (const line of build.iterable({ from: 'all' })) {
    const text = stripVTControlCharacters(line);
    lines.push(text);
    if (progressLines.test(text)) say(text.replace(/^[\d:]+ /, '').trim());
  }
  const result = await build;
  if (result.failed) throw new Error(`the site could not be built:\n${lines.slice(-lastLines).join('\n')}`);
  await writeFile(stampFile(root), hash);
}

/** Lines that show progress to a person; the others are for debugging and shown only when the build fails. */
const progressLines = /generating static routes|├─|└─|search index|links|page\(s\) built/;

/** An error message of Astro with its hint and place is about this long. */
const lastLines = 30;

/** Of names and contents, sorted: a file that was touched but has the same content is not a change. */
export async function hashInputs(root: string): Promise<string> {
  const files = await Array.fromAsync(glob(inputPatterns, { cwd: root, withFileTypes: true }));
  const hash = createHash('sha256');
  const names = files.filter((file) => file.isFile()).map((file) => path.join(file.parentPath, file.name));
  for (const name of names.toSorted()) {
    const content = await readFile(name);
    hash.update(`${path.relative(root, name)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
