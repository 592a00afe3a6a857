// Verification reports: whether a lesson was played from beginning to end as it is now. Written by `npm run verify`.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'astro/zod';
import { lessonHash } from '../../labs/lesson-hash.ts';
import { readLessonsBefore } from './lesson-starts.ts';

const reportSchema = z.object({
  lesson: z.string().describe('Slug of the lesson.'),
  steps: z
    .union([
      z.int().transform((count) => ({ done: count, total: count })),
      z.array(z.unknown()).transform(({ length }) => ({ done: length, total: length })),
    ])
    .describe('How many steps were played, or the steps themselves. A lesson with a failed step has no report.'),
  seconds: z.number().describe('Wall time of the whole lesson.'),
  images: z.record(z.string(), z.string()).default({}).describe('Digest of each lab image.'),
  date: z.string().describe('When, as an ISO 8601 date or time.'),
  hash: z.string().describe('lessonHash() at that time.'),
  versions: z.record(z.string(), z.string()).default({}).describe('What it ran on: program to version.'),
  failed: z.unknown().optional().describe('Present when a later run failed: the report stands for nothing any more.'),
});

export type Verification = z.output<typeof reportSchema> & {
  /** The lessons that the lesson builds on, the first of them first. */
  before: string[];
};

/**
 * The report of a lesson, if there is one, if nothing that it covers has changed since, and if no later run of the lesson or
 * of one that it builds on has failed.
 * @throws {Error} naming the report when it is not one.
 */
export function readVerification(root: string, lesson: string, lab: string): Verification | undefined {
  const before = readLessonsBefore(root, lesson);
  const report = readReport(root, lesson);
  if (report === undefined || report.hash !== lessonHash(root, lesson, lab, before)) return undefined;
  const hasFailed = [...before, lesson].some((each) => readReport(root, each)?.failed !== undefined);
  return hasFailed ? undefined : { ...report, before };
}

function readReport(root: string, lesson: string): z.output<typeof reportSchema> | undefined {
  const file = path.join('content', 'verification', `${lesson.replaceAll('/', '__')}.json`);
  if (!existsSync(path.join(root, file))) return undefined;
  const result = reportSchema.safeParse(JSON.parse(readFileSync(path.join(root, file), 'utf8')));
  if (!result.success) throw new Error(`${file}: ${result.error.message}`);
  return result.data;
}
