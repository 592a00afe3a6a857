// All lessons of the built site, in the order of their names; builds the site first if it is stale.
import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSite, isSiteStale } from '../../setup/site-build.ts';
import { readLessonPage, type LessonPage } from './lesson-page.ts';

/** The repository. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

/** @param say gets the lines of the build, if there is one */
export async function ensureBuiltSite(say: (line: string) => void): Promise<void> {
  if (!(await isSiteStale(projectRoot))) return;
  say('The site has changed: building it.');
  await buildSite(projectRoot, () => undefined);
}

/** @throws {Error} naming a page that could not be read, or two pages of one lesson */
export async function readBuiltLessons(root: string = projectRoot): Promise<LessonPage[]> {
  const lessons = new Map<string, LessonPage>();
  for await (const name of glob('dist/**/index.html', { cwd: root })) {
    const page = readLessonPage(await readFile(path.join(root, name), 'utf8'));
    if (page === undefined) continue;
    if (lessons.has(page.lesson))
      throw new Error(`found the lesson ${page.lesson} on two pages, the second is ${name}`);
    lessons.set(page.lesson, page);
  }
  return [...lessons.values()].toSorted((a, b) => a.lesson.localeCompare(b.lesson));
}

/** Selects by full name or by last part: `build/ship-it` or `ship-it`. @throws {Error} naming the lessons that exist */
export function pickLessons(lessons: LessonPage[], wanted: string[]): LessonPage[] {
  if (wanted.length === 0) return lessons;
  return wanted.map((name) => {
    const found = lessons.find(({ lesson }) => lesson === name || lesson.endsWith(`/${name}`));
    if (found !== undefined) return found;
    throw new Error(`found no lesson “${name}”, expected one of: ${lessons.map(({ lesson }) => lesson).join(', ')}`);
  });
}
