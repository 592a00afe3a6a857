// Reads from the frontmatter of all pages where each lesson starts. labs/lesson-chain.ts makes the chains.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { lessonsBefore, linkLessons, type ChainLesson, type ChainLink } from '../../labs/lesson-chain.ts';
import { readFrontmatter } from '../navigation/frontmatter.ts';
import { lessonSchema } from './lesson-schema.ts';

const chainFields = lessonSchema.pick({ type: true, chapter: true, order: true, lab: true, from: true });

/**
 * All lessons in the order in which they can be played.
 * @param root the project's folder
 * @throws {Error} when a lesson's `from:` names nothing that it could start from
 */
export function readLessonChain(root: string): ChainLink[] {
  const docs = path.join(root, 'content/docs');
  const lessons: ChainLesson[] = [];
  for (const file of globSync('**/*.{md,mdx}', { cwd: docs })) {
    const fields = readFrontmatter(readFileSync(path.join(docs, file), 'utf8'));
    // Not a lesson. A lesson with wrong fields is refused by the site's build, which names file and field.
    const parsed = chainFields.safeParse(fields);
    if (!parsed.success) continue;
    const { chapter, order, lab, from } = parsed.data;
    const lesson = file
      .split(path.sep)
      .join('/')
      .replace(/\.mdx?$/, '');
    lessons.push({ lesson, chapter, order, lab, ...(from === undefined ? {} : { from }) });
  }
  return linkLessons(lessons);
}

/**
 * The named state that a lesson's lab starts from; undefined for the lab's beginning.
 * @throws {Error} as `readLessonChain`
 */
export function lessonStart(root: string, lesson: string): string | undefined {
  return readLessonChain(root).find((link) => link.lesson === lesson)?.start;
}

/**
 * The lessons that a lesson builds on, the first of them first.
 * @throws {Error} as `readLessonChain`
 */
export function readLessonsBefore(root: string, lesson: string): string[] {
  return lessonsBefore(lesson, readLessonChain(root));
}
