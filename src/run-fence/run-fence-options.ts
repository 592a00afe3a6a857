// Options of a code fence: their names, types and valid values. Knows no files and no labs.
import { MetaOptions } from '@expressive-code/core';
import { z } from 'astro/zod';
import { maxUntilLength } from '../../server/protocol/limits.ts';

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most, {
      error: `expected a whole number from ${least} to ${most}`,
    })
    .transform(Number);

/** Options of fences that a reader can run or put into a machine. The descriptions are for the page on writing labs. */
export const runOptionsSchema = z.strictObject({
  run: z.literal(true).optional().describe('The block is typed into a machine when the reader clicks Run.'),
  machine: z
    .string()
    .min(1, 'expected the name of a machine')
    .optional()
    .describe("A machine of the lesson's lab; the lab's first machine when absent."),
  exit: wholeNumber(0, 255).default(0).describe('Exit status that the block is expected to end with.'),
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,40}$/, 'expected lower-case letters, digits and hyphens, a letter first, at most 41')
    .optional()
    .describe('Stable name of the block on its page; a hash of machine and command when absent.'),
  timeout: wholeNumber(1, 3600).default(120).describe('Seconds in which the block ends, or its `until` appears.'),
  until: z
    .string()
    .refine(
      (text) => text.length <= maxUntilLength && /^[^\u0000-\u001f\u007f-\u009f]*$/.test(text) && /\S/.test(text),
      {
        error: `expected 1 to ${maxUntilLength} printable characters on one line`,
      },
    )
    .optional()
    .describe('The block is done when this text is seen in what follows it, not when the prompt is back.'),
  file: z
    .string()
    .regex(/^[a-z][a-z0-9-]*(\/(?!\.\.?(\/|$))[\w.@+-]+)+$/, 'expected "<lab>/<file>", a file in labs/<lab>/files/')
    .optional()
    .describe("A file of a lab: the block's text is read from it, the fence's body stays empty."),
  put: z
    .string()
    .regex(/^(?!.*\/\.\.?(\/|$))(~\/|\/)[\w.@+/-]*[\w.@+-]$/, 'expected a path that begins with / or ~/')
    .optional()
    .describe('Where "Put it there" puts the file in the machine; without it the file is only shown.'),
});

export type RunOptions = z.output<typeof runOptionsSchema>;

/** Options of Expressive Code that any fence may have: a title and markers for lines. */
const displayOptions = new Set(['title', 'wrap', 'mark', 'ins', 'del', 'preserveindent', 'hangingindent']);

/**
 * Reads a fence's meta text. Problems are returned, not thrown: the caller knows file and line.
 * @returns the options; absent for a fence that is only shown.
 */
export function readRunOptions(meta: string): { options?: RunOptions; problems: string[] } {
  const parsed = new MetaOptions(meta);
  const problems = [...(parsed.errors ?? [])];
  const values: Record<string, unknown> = {};
  for (const option of parsed.list()) {
    const key = option.key ?? (option.kind === 'boolean' ? option.raw : undefined);
    if (key === undefined || displayOptions.has(key.toLowerCase())) continue;
    if (!(key in runOptionsSchema.shape)) problems.push(unknownOption(key));
    else if (key in values) problems.push(`found the option ${key} twice, expected it once`);
    else values[key] = option.value;
  }
  if (problems.length > 0) return { problems };
  if (Object.keys(values).length === 0) return { problems };
  return check(values);
}

function check(values: Record<string, unknown>): { options?: RunOptions; problems: string[] } {
  const result = runOptionsSchema.safeParse(values);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => {
      const key = String(issue.path[0] ?? '');
      return `found ${key}=${JSON.stringify(values[key])}, ${issue.message.replace(/^Invalid/, 'invalid')}`;
    });
    return { problems };
  }
  const options = result.data;
  const problems: string[] = [];
  if (!options.run && options.file === undefined) {
    problems.push(`found ${Object.keys(values).join(', ')} without run or file=, expected one of the two`);
  }
  if (options.put !== undefined && options.file === undefined) problems.push('found put= without file=, expected both');
  if (options.run && options.file !== undefined) problems.push('found run and file=, expected one of the two');
  if (options.until !== undefined && !options.run) problems.push('found until= without run, expected both');
  return problems.length > 0 ? { problems } : { options, problems };
}

function unknownOption(key: string): string {
  const valid = [...Object.keys(runOptionsSchema.shape), 'title', 'mark', 'ins', 'del', 'wrap'].join(', ');
  return `found the option ${JSON.stringify(key)}, expected one of: ${valid}`;
}
