// The links in the header. A section without pages is not linked: there are no empty pages.
import { getCollection } from 'astro:content';
import { chapters } from './sidebar.ts';

export interface MainLink {
  key: 'nav.lessons' | 'nav.map' | 'nav.running' | 'nav.project';
  href: string;
  /** Pages in these folders belong to the link. */
  match: string[];
}

const places: (MainLink & { page: string })[] = [
  {
    key: 'nav.lessons',
    page: 'lessons',
    href: '/lessons/',
    match: ['lessons', ...chapters.map(({ folder }) => folder)],
  },
  { key: 'nav.map', page: 'map', href: '/map/', match: ['map'] },
  { key: 'nav.running', page: 'your-labs', href: '/your-labs/', match: ['your-labs'] },
  { key: 'nav.project', page: 'project', href: '/project/', match: ['project'] },
];

/** The overview of all lessons, the map, the reader's running labs, the project's pages. */
export async function mainLinks(): Promise<MainLink[]> {
  const ids = new Set((await getCollection('docs')).map(({ id }) => id));
  return places.filter(({ page }) => ids.has(page));
}
