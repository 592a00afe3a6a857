// Text that no committed source may hold: unfinished work, tests that are switched off, failures that are hidden.
import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';

const sources = ['{server,src,labs,setup,tests,bench}/**/*.{ts,mjs,astro}', '*.ts', 'content/**/*.{md,mdx}', '.ci/*'];

/** The patterns are written so that this file does not find itself. */
export const forbidden: { pattern: RegExp; why: string }[] = [
  { pattern: /\b(TO[D]O|FIX[M]E)\b/, why: 'unfinished work belongs in an issue' },
  { pattern: /\b(test|it|describe)(\.\w+)*\.(only|todo)\(/, why: 'a test that switches others off, or is none' },
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

/** Pure: `line: text (why)` for each line that breaks a rule. */
export function forbiddenIn(text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const rule = forbidden.find(({ pattern }) => pattern.test(line));
    return rule === undefined ? [] : [`${index + 1}: ${line.trim()} (${rule.why})`];
  });
}
