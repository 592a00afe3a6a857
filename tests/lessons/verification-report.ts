// The committed proof that a lesson was played: content/verification/<lesson>.json, and whether it still holds.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { lessonHash } from '../../labs/lesson-hash.ts';
import type { LessonPage } from './lesson-page.ts';
import type { LessonStatus } from './plan-replay.ts';

const reportSchema = z.object({
  lesson: z.string(),
  /** How many steps were played: all of them, or there would be no report. */
  steps: z.int(),
  seconds: z.number(),
  /** Lab image → digest. */
  images: z.record(z.string(), z.string()),
  /** ISO 8601 day. */
  date: z.string(),
  hash: z.string(),
});
export type VerificationReport = z.infer<typeof reportSchema>;

function reportFile(root: string, lesson: string): string {
  return path.join(root, 'content/verification', `${lesson.replaceAll('/', '__')}.json`);
}

/** @returns undefined when there is none. @throws {Error} when it is not one */
export async function readReport(root: string, lesson: string): Promise<VerificationReport | undefined> {
  try {
    return reportSchema.parse(JSON.parse(await readFile(reportFile(root, lesson), 'utf8')));
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failure;
  }
}

export async function writeReport(root: string, report: VerificationReport): Promise<string> {
  const file = reportFile(root, report.lesson);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  return path.relative(root, file);
}

/** What is known of a lesson without playing it. */
export async function statusOf(root: string, page: LessonPage): Promise<LessonStatus> {
  const report = await readReport(root, page.lesson);
  const status = { lesson: page.lesson, chapter: page.lesson.split('/')[0] ?? page.lesson };
  if (report === undefined) return { ...status, holds: false };
  const holds = report.hash === lessonHash(root, page.lesson, page.lab);
  return { ...status, holds, date: report.date, seconds: report.seconds };
}

/** Named steps of a page: what a report and the list count. */
export function countSteps(page: LessonPage): number {
  return page.steps.filter((step) => step.id !== '').length;
}
