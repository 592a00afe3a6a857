// Which states a lesson makes, and what changes their keys.
import { expect, test } from 'vitest';
import { linkLessons } from '../../labs/lesson-chain.ts';
import type { LessonPage, RunBlock } from './lesson-page.ts';
import { planStates } from './state-plan.ts';

const chain = linkLessons([
  { lesson: 'a/one', chapter: 'a', order: 1, lab: 'lab' },
  { lesson: 'a/two', chapter: 'a', order: 2, lab: 'lab' },
]);

function block(id: string, command: string): RunBlock {
  return { kind: 'run', block: `a/x#${id}`, machine: 'm', command, exitStatus: 0, timeoutMs: 1_000 };
}

/** Two steps with a command each; `command` is the first one's. */
function pages(command = 'ls', more: Partial<LessonPage> = {}): LessonPage[] {
  const steps = [
    { id: 'first', items: [block('a', command), { kind: 'check' as const, check: 'x' }] },
    { id: 'read', items: [] },
    { id: 'second', items: [block('b', 'pwd')] },
  ];
  const page = { lab: 'lab', title: '', words: '', steps };
  return [
    { ...page, lesson: 'a/one', ...more },
    { ...page, lesson: 'a/two', from: 'a/two' },
  ];
}

const plan = (all: LessonPage[], beginning = 'begin') => planStates(chain, all, () => beginning);
const keys = (all: LessonPage[], beginning?: string) =>
  plan(all, beginning).flatMap(({ steps, end }) => [...steps.values(), ...(end === undefined ? [] : [end])]);

test('there is a state for each step that does not begin where the lesson begins, and for the next lesson', () => {
  expect(keys(pages()).map(({ name }) => name)).toEqual([
    'a/one#read',
    'a/one#second',
    'a/two',
    'a/two#read',
    'a/two#second',
  ]);
  const [one, two] = plan(pages());
  expect(two?.startKey).toBe(one?.end?.key);
});

test('a changed command or another beginning changes every later key; texts and checks change none', () => {
  const before = keys(pages());
  expect(keys(pages('ls', { title: 'Other' }))).toEqual(before);
  for (const after of [keys(pages('ls -l')), keys(pages(), 'other')]) {
    expect(after.filter(({ key }, index) => key === before[index]?.key)).toEqual([]);
  }
});

test('a page that does not start where the chain says is refused', () => {
  expect(() => plan(pages('ls', { from: 'a/else' }))).toThrow('a/one: its page starts from a/else');
});
