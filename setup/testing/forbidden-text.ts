// Text that no committed source may contain: unfinished work, tests that are switched off, failures that are hidden, and paths
// of the machine that it was written on.
import { glob, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

const sources = ['{server,src,labs,setup,tests,bench}/**/*.{ts,mjs,astro}', '*.ts', 'content/**/*.{md,mdx}', '.ci/*'];

/** Everything that is written by hand, including programs without an extension. */
const written = [
  '*.{md,json,ts,cjs,mjs}',
  '.ci/*',
  'public/**/*.{svg,txt}',
  'content/**/*.{md,mdx,json,yaml}',
  '{server,src,setup,tests,bench}/**/*.*',
  'labs/**/*',
];
/** Not written by hand, or not text. */
const notRead = /(^|\/)(node_modules|dist|__pycache__)\/|^package-lock\.json$|\.(png|jpg|woff2|ico)$/;

/** The patterns are written so that this file does not find itself. */
export const forbidden: { pattern: RegExp; why: string }[] = [
  { pattern: /\b(TO[D]O|FIX[M]E)\b/, why: 'unfinished work belongs in an issue' },
  { pattern: /\b(test|it|describe)(\.\w+)*\.(only|todo)\(/, why: 'a test that switches off others, or is not one' },
  { pattern: /\bcatch\s*(\([^)]*\))?\s*\{\s*\}/, why: 'an empty catch hides what went wrong' },
  { pattern: /[|]{2} true\b(?!\))/, why: 'hides a failure' },
  { pattern: /@ts-(ignore|nocheck)/, why: 'hides a type error; @ts-expect-error with a reason does not' },
];

/** @returns `file:line: text (why)` for everything found */
export async function findForbiddenText(root: string): Promise<string[]> {
  const names = await Array.fromAsync(glob(sources, { cwd: root }));
  const found: string[] = [];
  for (const name of names.toSorted()) {
    found.push(...forbiddenIn(await readFile(path.join(root, name), 'utf8')).map((rest) => `${name}:${rest}`));
  }
  return found;
}

/**
 * Finds paths of the machine that this checkout is on: the checkout itself, and its owner's home. They mean nothing elsewhere.
 * @returns `file:line: path` for everything found
 */
export async function findMachinePaths(root: string, home = homedir()): Promise<string[]> {
  const paths = machinePaths(root, home);
  const names = await Array.fromAsync(glob(written, { cwd: root, withFileTypes: true }));
  const found: string[] = [];
  for (const entry of names) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(root, file);
    if (!entry.isFile() || notRead.test(name)) continue;
    found.push(...machinePathsIn(await readFile(file, 'utf8'), paths).map((rest) => `${name}:${rest}`));
  }
  return found.toSorted();
}

/** Pure: the paths that must not be mentioned. Folders that every Linux has do not point to a developer; a single name says too little. */
export function machinePaths(root: string, home: string): string[] {
  const isTelling = (one: string) => one.split('/').filter(Boolean).length >= 2;
  return [...new Set([path.resolve(root), path.resolve(home)])].filter(isTelling);
}

/** Pure: `line: path` for each line that contains one of the paths, or anything below it. */
export function machinePathsIn(text: string, paths: readonly string[]): string[] {
  return text.split('\n').flatMap((line, index) => {
    const named = paths.find((one) => namesPath(line, one));
    return named === undefined ? [] : [`${index + 1}: ${named}`];
  });
}

/** Whether the path appears on its own, not as part of a longer name. */
function namesPath(line: string, one: string): boolean {
  const isOfName = (sign: string) => /[\w.-]/.test(sign);
  const [before, ...rest] = line.split(one);
  let last = before ?? '';
  for (const after of rest) {
    if (!isOfName(last.slice(-1)) && !isOfName(after.slice(0, 1))) return true;
    last = after;
  }
  return false;
}

/** Pure: `line: text (why)` for each line that breaks a rule. */
export function forbiddenIn(text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const rule = forbidden.find(({ pattern }) => pattern.test(line));
    return rule === undefined ? [] : [`${index + 1}: ${line.trim()} (${rule.why})`];
  });
}
