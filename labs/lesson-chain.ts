// Which named state each lesson starts from, and which lesson makes it. Pure: the list of lessons is given.
import { createHash } from 'node:crypto';

/** What the chain needs of a lesson's frontmatter. */
export interface ChainLesson {
  /** Slug: `encrypt/tpm2`. */
  lesson: string;
  chapter: string;
  order: number;
  lab: string;
  /** `beginning`, or the lesson that has the same start as this one; absent: the end of the lesson before it. */
  from?: string;
}

export interface ChainLink extends ChainLesson {
  /** The named state that it starts from; absent: the lab's beginning. */
  start?: string;
  /** The lesson that starts where this one ends; when present, the end is saved after this lesson was played. */
  next?: string;
}

/**
 * Lessons of one chapter with one lab form a chain in their order: the first starts from the lab's beginning, each later one
 * from the state of its own name, which playing the one before it leaves.
 * @returns in the order in which they can be played: a lesson comes after the one that leaves its starting state
 * @throws {Error} when `from` names no lesson of the same lab or leads in a circle, or when two lessons have the same place
 */
export function linkLessons(lessons: readonly ChainLesson[]): ChainLink[] {
  const inOrder = lessons.toSorted(
    (a, b) => a.chapter.localeCompare(b.chapter) || a.order - b.order || a.lesson.localeCompare(b.lesson),
  );
  const links = inOrder.map((lesson): ChainLink => {
    const start = startOf(lesson, lessons, []);
    return { ...lesson, ...(start === undefined ? {} : { start }) };
  });
  const starts = new Set(links.map(({ start }) => start));
  for (const link of links) {
    const next = after(link, lessons);
    if (next !== undefined && starts.has(next.lesson)) link.next = next.lesson;
  }
  return afterTheirStarts(links);
}

/**
 * The lessons that led to a lesson's starting state, the first of them first.
 * @param links all lessons, as `linkLessons` gives them
 */
export function lessonsBefore(lesson: string, links: readonly ChainLink[]): string[] {
  const before: string[] = [];
  let start = links.find((link) => link.lesson === lesson)?.start;
  while (start !== undefined) {
    const maker = links.find(({ next }) => next === start);
    if (maker === undefined || before.includes(maker.lesson)) break;
    before.unshift(maker.lesson);
    start = maker.start;
  }
  return before;
}

/** Name of the state in which a step begins. */
export function stepState(lesson: string, step: string): string {
  return `${lesson}#${step}`;
}

/** Key of a state: of the one before it and all that was done since. Equal keys, equal states. */
export function nextStateKey(before: string, done: readonly unknown[]): string {
  return createHash('sha256')
    .update(`${before}\0${JSON.stringify(done)}`)
    .digest('hex');
}

function startOf(lesson: ChainLesson, all: readonly ChainLesson[], seen: readonly string[]): string | undefined {
  if (seen.includes(lesson.lesson))
    throw new Error(`${lesson.lesson}: found from: in a circle: ${[...seen, lesson.lesson].join(' → ')}`);
  if (lesson.from === 'beginning') return undefined;
  if (lesson.from === undefined) return before(lesson, all) === undefined ? undefined : lesson.lesson;
  const named = all.find((other) => other.lesson === lesson.from && other.lab === lesson.lab);
  if (named !== undefined) return startOf(named, all, [...seen, lesson.lesson]);
  const known = all.filter((other) => other.lab === lesson.lab && other !== lesson).map((other) => other.lesson);
  throw new Error(
    `${lesson.lesson}: found from: ${lesson.from}, expected beginning or a lesson of the lab ${lesson.lab}: ${known.join(', ')}`,
  );
}

function chainOf(lesson: ChainLesson, all: readonly ChainLesson[]): ChainLesson[] {
  return all
    .filter((other) => other.chapter === lesson.chapter && other.lab === lesson.lab)
    .toSorted((a, b) => a.order - b.order || a.lesson.localeCompare(b.lesson));
}

function before(lesson: ChainLesson, all: readonly ChainLesson[]): ChainLesson | undefined {
  const chain = chainOf(lesson, all);
  return chain[chain.findIndex((other) => other.lesson === lesson.lesson) - 1];
}

function after(lesson: ChainLesson, all: readonly ChainLesson[]): ChainLesson | undefined {
  const chain = chainOf(lesson, all);
  return chain[chain.findIndex((other) => other.lesson === lesson.lesson) + 1];
}

/** A stable sort: a lesson comes after the one that leaves its starting state. */
function afterTheirStarts(links: readonly ChainLink[]): ChainLink[] {
  const made = new Set<string | undefined>([undefined]);
  const waiting = [...links];
  const sorted: ChainLink[] = [];
  while (waiting.length > 0) {
    const at = waiting.findIndex(({ start }) => made.has(start));
    const [link] = waiting.splice(at, 1);
    if (at === -1 || link === undefined)
      throw new Error(`found lessons that wait for each other: ${waiting.map(({ lesson }) => lesson).join(', ')}`);
    sorted.push(link);
    if (link.next !== undefined) made.add(link.next);
  }
  return sorted;
}
