// Frontmatter of a lesson. src/run-fence/ and src/components/ define what its text may contain.
import { z } from 'astro/zod';

const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected lower-case letters, digits and hyphens, a letter first');

export const lessonSchema = z.object({
  type: z.literal('lesson').describe('A lesson: text on the left, its lab on the right.'),
  description: z
    .string()
    .min(1)
    .describe('What the reader has at the end, in one or two sentences. Shown under the title.'),
  chapter: name.describe('The chapter: a folder under content/docs/ and a `chapter.<name>` text in content/i18n/.'),
  order: z.int().min(1).describe('Place in the chapter, counted from 1.'),
  lab: name.describe('A folder under labs/ with a lab.yaml.'),
  from: z
    .string()
    .regex(/^(beginning|[a-z][a-z0-9-]*\/[a-z0-9-]+)$/, 'expected `beginning` or a lesson, for example build/ship-it')
    .optional()
    .describe('Where the lab starts: `beginning`, or as that lesson does. Absent: where the lesson before has ended.'),
  minutes: z.int().min(1).max(240).describe('How long a first reader needs, in minutes.'),
});

/** The fields of a lesson's frontmatter, without Starlight's own. */
export type LessonFrontmatter = z.infer<typeof lessonSchema>;

/** Whether a page's frontmatter is that of a lesson. */
export function isLesson<Data extends { type?: string | undefined }>(data: Data): data is Data & LessonFrontmatter {
  return data.type === 'lesson';
}
