// Verification reports: whether a lesson was played from end to end as it stands now. Written by `npm run verify`.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'astro/zod';
import { lessonHash } from '../../labs/lesson-hash.ts';

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
});

export type Verification = z.output<typeof reportSchema>;

/**
 * The report of a lesson, if there is one and the lesson has not changed since.
 * @throws {Error} naming the report when it is not one.
 */
export function readVerification(root: string, lesson: string, lab: string): Verification | undefined {
  const file = path.join('content', 'verification', `${lesson.replaceAll('/', '__')}.json`);
  if (!existsSync(path.join(root, file))) return undefined;
  const result = reportSchema.safeParse(JSON.parse(readFileSync(path.join(root, file), 'utf8')));
  if (!result.success) throw new Error(`${file}: ${result.error.message}`);
  return result.data.hash === lessonHash(root, lesson, lab) ? result.data : undefined;
}
