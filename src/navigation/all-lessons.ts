// All lessons by chapter, in reading order, for pages that list them. Does not read the content of lessons.
import { getCollection, type CollectionEntry } from 'astro:content';
import { isLesson, type LessonFrontmatter } from '../page-schemas/lesson-schema.ts';
import { chapters } from './sidebar.ts';

export interface ListedLesson extends LessonFrontmatter {
  /** Slug: `encrypt/tpm2`. */
  id: string;
  title: string;
}

export interface ListedChapter {
  /** Folder of the chapter: `encrypt`. */
  id: string;
  lessons: ListedLesson[];
  /** Sum of its lessons' minutes. */
  minutes: number;
}

/** Chapters that have lessons. */
export async function listChapters(): Promise<ListedChapter[]> {
  const lessons = (await getCollection('docs')).flatMap(listed).toSorted((a, b) => a.order - b.order);
  return chapters
    .map(({ folder }) => lessons.filter(({ chapter }) => chapter === folder))
    .filter(([first]) => first !== undefined)
    .map((own) => ({
      id: own[0]?.chapter ?? '',
      lessons: own,
      minutes: own.reduce((sum, { minutes }) => sum + minutes, 0),
    }));
}

function listed({ id, data }: CollectionEntry<'docs'>): ListedLesson[] {
  return isLesson(data) ? [{ ...data, id, title: data.title }] : [];
}
