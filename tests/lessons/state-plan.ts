// Which named states a lesson needs and makes, with their keys. Pure, except for the lab's files.
import { nextStateKey, stepState, type ChainLink } from '../../labs/lesson-chain.ts';
import type { LessonPage, LessonStep } from './lesson-page.ts';

/** A lesson with its place in the chain and the states that playing it makes. */
export interface PlannedStates {
  link: ChainLink;
  page: LessonPage;
  /** Key of the state that it starts from; the lab's beginning has one too. */
  startKey: string;
  /** Step → state that is saved before it. A step that begins where the lesson begins has none: that is the lesson's own starting state. */
  steps: Map<string, NamedState>;
  /** The state that is saved when the lesson has been played. */
  end?: NamedState;
}

export interface NamedState {
  name: string;
  key: string;
}

/**
 * Keys depend on each other along the chain: a changed command changes every later state, and no earlier one.
 * @param chain in the order of `linkLessons`
 * @param beginningKey key of a lab's beginning, see labs/lesson-hash.ts
 * @throws {Error} when a lesson is not among the pages, or does not start where its page says
 */
export function planStates(
  chain: readonly ChainLink[],
  pages: readonly LessonPage[],
  beginningKey: (lab: string) => string,
): PlannedStates[] {
  const keys = new Map<string, string>();
  return chain.map((link) => {
    const page = pages.find(({ lesson }) => lesson === link.lesson);
    if (page === undefined) throw new Error(`found no page of ${link.lesson} in the built site`);
    if (page.from !== link.start)
      throw new Error(`${link.lesson}: its page starts from ${page.from ?? 'the beginning'}, expected ${link.start}`);
    const startKey = link.start === undefined ? beginningKey(link.lab) : keys.get(link.start);
    if (startKey === undefined) throw new Error(`${link.lesson}: no lesson makes the state ${link.start}`);
    const steps = new Map<string, NamedState>();
    let key = startKey;
    for (const step of page.steps) {
      if (step.id !== '' && key !== startKey) steps.set(step.id, { name: stepState(link.lesson, step.id), key });
      key = afterStep(key, step);
    }
    if (link.next === undefined) return { link, page, startKey, steps };
    const end = { name: link.next, key };
    keys.set(end.name, end.key);
    return { link, page, startKey, steps, end };
  });
}

/** Checks only look: a step without a command leaves the machines as they are. */
function afterStep(before: string, step: LessonStep): string {
  const done = step.items.filter((item) => item.kind !== 'check');
  if (done.length === 0) return before;
  return nextStateKey(
    before,
    done.map((item) =>
      item.kind === 'run'
        ? [item.machine, item.command, item.keys ?? false, item.until ?? null, item.exitStatus]
        : [item.action, item.machine, item.what ?? null, item.until ?? null],
    ),
  );
}
