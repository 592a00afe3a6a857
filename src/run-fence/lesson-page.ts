// What a fence must know about its page: slug, lab, machines, the other fences. Reads files, once per change.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { readFrontmatter } from '../navigation/frontmatter.ts';
import { readPageFences, type PageFence } from './page-fences.ts';

export interface LessonPage {
  /** Path relative to the project, with forward slashes. */
  file: string;
  /** `build/your-first-sandbox`. */
  slug: string;
  fences: PageFence[];
  /** The lesson's lab; absent on a page that is not a lesson. */
  lab?: { name: string; machines: string[]; vms?: string[] };
}

const read = new Map<string, { changed: number; page: LessonPage }>();

/**
 * Reads a page and its lab's machine names.
 * @throws {Error} when the page or its lab.yaml cannot be read.
 */
export function readLessonPage(projectRoot: string, absoluteFile: string): LessonPage {
  const changed = statSync(absoluteFile).mtimeMs;
  const known = read.get(absoluteFile);
  if (known?.changed === changed) return known.page;
  const source = readFileSync(absoluteFile, 'utf8');
  const file = path.relative(projectRoot, absoluteFile).split(path.sep).join('/');
  const { lab } = readFrontmatter(source);
  const page: LessonPage = {
    file,
    slug: file.replace(/^content\/docs\//, '').replace(/\.mdx?$/, ''),
    fences: readPageFences(source),
    ...(typeof lab === 'string'
      ? { lab: { name: lab, machines: machineNames(projectRoot, lab), vms: machineNames(projectRoot, lab, 'vm') } }
      : {}),
  };
  read.set(absoluteFile, { changed, page });
  return page;
}

/** Only the names: the server and the checks validate the rest of the lab file. */
function machineNames(projectRoot: string, lab: string, type?: string): string[] {
  const file = path.join(projectRoot, 'labs', lab, 'lab.yaml');
  const content: unknown = parse(readFileSync(file, 'utf8'));
  const machines = typeof content === 'object' && content !== null && 'machines' in content ? content.machines : [];
  if (!Array.isArray(machines)) return [];
  return machines
    .filter((machine: { type?: unknown }) => type === undefined || machine?.type === type)
    .map((machine: { name?: unknown }) => String(machine?.name));
}
