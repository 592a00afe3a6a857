// The nine tasks on the home page and the map, from content/map/tasks.<language>.yaml.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'astro/zod';
import { parse } from 'yaml';

const taskSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z]+$/)
    .describe('Anchor on the map.'),
  verb: z.string().min(1).describe('The station: one word.'),
  object: z.string().min(1).describe('What the verb is done to.'),
  title: z.string().min(1).describe('Heading on the map.'),
  what: z.string().min(1).describe('What the task is, in two or three sentences.'),
  lab: z.string().optional().describe('A folder under labs/; a task without it has no lab yet.'),
  lesson: z.string().optional().describe('Slug of the lesson with which the lab begins.'),
  upstream: z
    .array(z.strictObject({ name: z.string().min(1), url: z.url({ protocol: /^https$/ }), role: z.string().min(1) }))
    .min(1)
    .describe('Projects that do the work, with what each one does.'),
});

export type Task = z.output<typeof taskSchema>;

/** How many tasks the proof of concept has. */
const taskCount = 9;

/**
 * The tasks in order.
 * @throws {Error} when the file is not a list of nine tasks, or says that a lab is ready which does not exist.
 */
export function readTasks(): Task[] {
  const file = 'content/map/tasks.en.yaml';
  const result = z
    .array(taskSchema)
    .length(taskCount)
    .safeParse(parse(readFileSync(path.resolve(file), 'utf8')));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Error(`${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  for (const { id, lab, lesson } of result.data) {
    if ((lab === undefined) !== (lesson === undefined))
      throw new Error(`${file}: ${id}: expected lab and lesson, or neither`);
    if (lab !== undefined && !existsSync(path.resolve('labs', lab, 'lab.yaml')))
      throw new Error(`${file}: ${id}: found no lab ${lab}`);
  }
  return result.data;
}
