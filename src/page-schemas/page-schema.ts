// Kinds of pages, distinguished by `type`; each has only its own fields in addition to Starlight's.
import { z } from 'astro/zod';
import { lessonSchema } from './lesson-schema.ts';

/** A page of text: a guide, a reference, the home page. `type` may be left out. */
const plainPageSchema = z.object({
  type: z.literal('page').optional().describe('A page of text. The default.'),
});

/** What a page's frontmatter may say beyond Starlight's own fields. */
export const pageSchema = z.union([lessonSchema, plainPageSchema]);
