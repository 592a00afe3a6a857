// The links of the header. A place without pages is not linked: there are no empty pages.
import { getCollection } from 'astro:content';
import { chapters } from './sidebar.ts';

export interface MainLink {
  key: 'nav.lessons' | 'nav.map' | 'nav.project';
  href: string;
  /** Pages in these folders belong to the link. */
  match: string[];
}

/** Lessons (the first of the first chapter), the map, the project's pages. */
export async function mainLinks(): Promise<MainLink[]> {
  const ids = (await getCollection('docs')).map(({ id }) => id).toSorted();
  const lessons = await getCollection('docs', ({ data }) => data.type === 'lesson');
  const [first] = lessons.toSorted((a, b) => chapterOf(a) - chapterOf(b) || orderOf(a) - orderOf(b));
  const project =
    ids.find((id) => id === 'project') ??
    ids.find((id) => id === 'project/architecture') ??
    ids.find((id) => id.startsWith('project/'));
  const places: (MainLink | undefined)[] = [
    first && { key: 'nav.lessons', href: `/${first.id}/`, match: chapters.map(({ folder }) => folder) },
    ids.includes('map') ? { key: 'nav.map', href: '/map/', match: ['map'] } : undefined,
    project === undefined ? undefined : { key: 'nav.project', href: `/${project}/`, match: ['project'] },
  ];
  return places.filter((place) => place !== undefined);
}

function chapterOf({ id }: { id: string }): number {
  return chapters.findIndex(({ folder }) => id.startsWith(`${folder}/`));
}

function orderOf(entry: { data: { type?: string | undefined; order?: number } }): number {
  return entry.data.order ?? 0;
}
