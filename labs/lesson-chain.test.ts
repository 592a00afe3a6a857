// Which state each lesson starts from.
import { expect, test } from 'vitest';
import { lessonsBefore, linkLessons, nextStateKey, type ChainLesson } from './lesson-chain.ts';

function lesson(name: string, order: number, more: Partial<ChainLesson> = {}): ChainLesson {
  return { lesson: name, chapter: name.split('/')[0] ?? '', order, lab: 'one', ...more };
}
const starts = (...lessons: ChainLesson[]) => linkLessons(lessons).map(({ lesson: name, start }) => [name, start]);

test('a chapter with one lab is a chain in the order of its lessons, wherever they stand', () => {
  const links = linkLessons([lesson('a/c', 3), lesson('a/a', 1), lesson('a/b', 2), lesson('x/y', 1)]);
  expect(links.map(({ lesson: name, start, next }) => [name, start, next])).toEqual([
    ['a/a', undefined, 'a/b'],
    ['a/b', 'a/b', 'a/c'],
    ['a/c', 'a/c', undefined],
    ['x/y', undefined, undefined],
  ]);
});

test('another lab in the chapter is a chain of its own', () => {
  expect(starts(lesson('a/a', 1), lesson('a/b', 2, { lab: 'two' }), lesson('a/c', 3))).toEqual([
    ['a/a', undefined],
    ['a/b', undefined],
    ['a/c', 'a/c'],
  ]);
});

test('from: names the beginning, or the lesson that has the same start; an end that nobody starts from is not saved', () => {
  const links = linkLessons([
    lesson('a/a', 1),
    lesson('a/b', 2),
    lesson('a/c', 3, { from: 'a/b' }),
    lesson('a/d', 4, { from: 'beginning' }),
    lesson('b/a', 1, { from: 'a/c' }),
  ]);
  expect(links.map(({ start, next }) => [start, next])).toEqual([
    [undefined, 'a/b'],
    ['a/b', undefined],
    ['a/b', undefined],
    [undefined, undefined],
    ['a/b', undefined],
  ]);
});

test('a lesson comes after the one that leaves its starting state', () => {
  expect(starts(lesson('a/x', 1, { from: 'b/b' }), lesson('b/a', 1), lesson('b/b', 2)).map(([name]) => name)).toEqual([
    'b/a',
    'a/x',
    'b/b',
  ]);
});

test.each([
  [[lesson('a/a', 1, { from: 'a/gone' })], 'a/a: found from: a/gone, expected beginning or a lesson of the lab one'],
  [[lesson('a/a', 1, { from: 'a/b' }), lesson('a/b', 2, { from: 'a/a' })], 'in a circle: a/a → a/b → a/a'],
  [[lesson('a/a', 1, { from: 'a/b' }), lesson('a/b', 2)], 'found lessons that wait for each other'],
])('refuses %j', (lessons, message) => {
  expect(() => linkLessons(lessons)).toThrow(message);
});

test('a lesson builds on the lessons that led to its starting state, the first lesson first', () => {
  const links = linkLessons([lesson('a/a', 1), lesson('a/b', 2), lesson('a/c', 3), lesson('b/x', 1, { from: 'a/b' })]);
  expect(['a/a', 'a/b', 'a/c', 'b/x', 'gone'].map((each) => lessonsBefore(each, links))).toEqual([
    [],
    ['a/a'],
    ['a/a', 'a/b'],
    ['a/a'],
    [],
  ]);
});

test('a key changes with what was before and with what was done', () => {
  const key = nextStateKey('', [{ command: 'ls' }]);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(nextStateKey('', [{ command: 'ls' }])).toBe(key);
  expect(new Set([key, nextStateKey(key, []), nextStateKey('', [{ command: 'pwd' }])]).size).toBe(3);
});
