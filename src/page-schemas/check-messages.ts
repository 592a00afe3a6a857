// Messages of a lab's checks: content/checks/<lab>.<language>.yaml, compared with the causes that lab.yaml lists.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'astro/zod';
import { parse } from 'yaml';
import { readLabFile } from './lab-title.ts';

const causeSchema = z.strictObject({
  why: z.string().min(1).describe('One sentence: what was found. `{key}` is replaced by data of the check.'),
  next: z.string().min(1).describe('What to do next.'),
});

const checkSchema = z.strictObject({
  title: z.string().min(1).describe('What is checked, as a statement: "SSH starts at boot".'),
  passed: z.string().min(1).describe('What the reader has now.'),
  causes: z.record(z.string(), causeSchema).default({}).describe('A message for each cause that lab.yaml lists.'),
});

export type CheckMessages = z.output<typeof checkSchema>;

/** A check as a page shows it: the messages and the machine that it runs in. */
export interface PageCheck extends CheckMessages {
  machine: string;
}

/**
 * @param page names the page in an error.
 * @throws {Error} when the check, a message or a cause is missing or left over.
 */
export function readPageCheck(lab: string, id: string, cause: string | undefined, page: string): PageCheck {
  const labFile = readLabFile(lab);
  const check = labFile.checks.find((one) => one.id === id);
  const known = labFile.checks.map((one) => one.id).join(', ');
  if (!check)
    throw new Error(`${page}: <Check id="${id}">: expected a check of labs/${lab}/lab.yaml, one of: ${known}`);
  const { file, messages } = readMessages(lab);
  const found = messages[id];
  if (!found) throw new Error(`${page}: <Check id="${id}">: expected messages for it in ${file}`);
  compareCauses(`${file}: ${id}`, check.causes, Object.keys(found.causes));
  if (cause !== undefined && !check.causes.includes(cause)) {
    throw new Error(
      `${page}: <Check id="${id}" cause="${cause}">: expected one of its causes: ${check.causes.join(', ')}`,
    );
  }
  return { ...found, machine: check.machine ?? labFile.machines[0]?.name ?? '' };
}

function readMessages(lab: string): { file: string; messages: Record<string, CheckMessages> } {
  const file = `content/checks/${lab}.en.yaml`;
  if (!existsSync(path.resolve(file)))
    throw new Error(`expected the file ${file} with the messages of the lab's checks`);
  const result = z.record(z.string(), checkSchema).safeParse(parse(readFileSync(path.resolve(file), 'utf8')));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Error(`${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  return { file, messages: result.data };
}

function compareCauses(place: string, expected: string[], found: string[]): void {
  const missing = expected.filter((cause) => !found.includes(cause));
  const leftOver = found.filter((cause) => !expected.includes(cause));
  if (missing.length > 0)
    throw new Error(`${place}: found no message for ${missing.join(', ')}, expected one for each cause in lab.yaml`);
  if (leftOver.length > 0)
    throw new Error(`${place}: found messages for ${leftOver.join(', ')}, expected only causes that lab.yaml lists`);
}
