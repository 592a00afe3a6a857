// What the navigation lists, read from the pages' frontmatter when the build starts. Sidebar.astro draws it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { StarlightUserConfig } from '@astrojs/starlight/types';
import { readFrontmatter } from './frontmatter.ts';

type SidebarItem = NonNullable<StarlightUserConfig['sidebar']>[number];

const docsFolder = path.resolve('content/docs');

/** Chapters in the order in which they are shown, with the label a reader sees. */
export const chapters = [
  { folder: 'build', label: 'Build the image' },
  { folder: 'encrypt', label: 'Encrypt the disk' },
];

/** Lessons by chapter, then the pages about the project; a chapter or section without pages is left out. */
export function sidebar(): SidebarItem[] {
  const groups: SidebarItem[] = [];
  for (const { folder, label } of chapters) {
    const slugs = lessonSlugs(folder);
    if (slugs.length > 0) groups.push({ label, items: slugs.map((slug) => ({ slug })) });
  }
  if (existsSync(path.join(docsFolder, 'project'))) {
    groups.push({ label: 'Project', items: [{ autogenerate: { directory: 'project' } }] });
  }
  return groups;
}

/** Slugs of a chapter's lessons in the order that their frontmatter gives. */
function lessonSlugs(folder: string): string[] {
  const directory = path.join(docsFolder, folder);
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((file) => /\.mdx?$/.test(file))
    .map((file) => ({ file, order: Number(readFrontmatter(readFileSync(path.join(directory, file), 'utf8')).order) }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ file }) => `${folder}/${file.replace(/\.mdx?$/, '')}`);
}
