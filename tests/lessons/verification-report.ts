// The committed proof that a lesson was played: content/verification/<lesson>.json, and whether it is still valid.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { lessonHash } from '../../labs/lesson-hash.ts';
import { readLessonsBefore } from '../../src/page-schemas/lesson-starts.ts';
import type { LessonPage } from './lesson-page.ts';
import type { LessonStatus } from './plan-replay.ts';

const reportSchema = z.object({
  lesson: z.string(),
  /** How many steps were played: all of them, otherwise there would be no report. */
  steps: z.int(),
  seconds: z.number(),
  /** Image → digest, for the images that the lab's machines are made from and those that they run on. */
  images: z.record(z.string(), z.string()),
  /** ISO 8601 day. */
  date: z.string(),
  /** `lessonHash` when it was played. */
  hash: z.string(),
  /** Program → version: podman, its runtime, QEMU, firmware and TPM, the lab server. Absent in older reports. */
  versions: z.record(z.string(), z.string()).optional(),
  /** When a later run failed, and where. Until the lesson is verified again, the report is not valid. */
  failed: z.object({ date: z.string(), what: z.string() }).optional(),
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

/**
 * Takes the badge away: a run of the lesson has failed.
 * @param what the first thing that was different from what the page says
 * @returns the report's file; undefined when there is none, and so no badge
 */
export async function writeFailure(root: string, lesson: string, what: string): Promise<string | undefined> {
  const report = await readReport(root, lesson);
  if (report === undefined) return undefined;
  return writeReport(root, { ...report, failed: { date: today(), what } });
}

/** Today, in the form of the reports. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** `lessonHash` of a lesson with everything that it builds on, as it is now. */
export function hashNow(root: string, lesson: string, lab: string): string {
  return lessonHash(root, lesson, lab, readLessonsBefore(root, lesson));
}

/** What is known about a lesson without playing it. */
export async function statusOf(root: string, page: LessonPage): Promise<LessonStatus> {
  const report = await readReport(root, page.lesson);
  const status = { lesson: page.lesson, chapter: page.lesson.split('/')[0] ?? page.lesson };
  if (report === undefined) return { ...status, holds: false };
  const holds = report.failed === undefined && report.hash === hashNow(root, page.lesson, page.lab);
  return { ...status, holds, date: report.date, seconds: report.seconds };
}

/** Named steps of a page: what a report and the list count. */
export function countSteps(page: LessonPage): number {
  return page.steps.filter((step) => step.id !== '').length;
}
