// Steps of a lesson, read from its source for the navigation. Step.astro makes the page's own HTML.

export interface LessonStep {
  id: string;
  title: string;
}

const step = /<Step\s+id=["']([^"']+)["'][^>]*>\s*##\s+(.+)/g;

/** Steps in page order; emphasis and code marks of the headings are left out. */
export function lessonSteps(body: string): LessonStep[] {
  return [...body.matchAll(step)].map(([, id = '', title = '']) => ({ id, title: title.replace(/[*`]/g, '').trim() }));
}
