// Steps add up to lessons, and lessons to chapters; nonsense in the storage does no harm.
import { expect, test, vi } from 'vitest';
import {
  chapterState,
  hasFailedAsTold,
  lessonState,
  parseProgress,
  withAsTold,
  withoutSteps,
  withStep,
} from './progress-model.ts';

test('a lesson is begun with its first step and done with its last', () => {
  let progress = parseProgress(null);
  expect(lessonState(progress['build/ship-it'])).toBe('todo');
  progress = withStep(progress, 'build/ship-it', 'tag', 2);
  expect(lessonState(progress['build/ship-it'])).toBe('begun');
  progress = withStep(progress, 'build/ship-it', 'push', 2);
  expect(lessonState(progress['build/ship-it'])).toBe('done');
});

test('doing a step again changes nothing', () => {
  const progress = withStep({}, 'build/ship-it', 'tag', 2);
  expect(withStep(progress, 'build/ship-it', 'tag', 2)).toBe(progress);
});

test('steps that are to be done again lose their mark', () => {
  const lesson = 'build/ship-it';
  const progress = withStep(withStep({}, lesson, 'tag', 2), lesson, 'push', 2);
  expect(withoutSteps(progress, lesson, ['push', 'pull'])).toEqual(withStep({}, lesson, 'tag', 2));
  expect(withoutSteps(progress, lesson, ['pull'])).toBe(progress);
  expect(withoutSteps(progress, 'build/other', ['push'])).toBe(progress);
});

test('a chapter is done when all its lessons are', () => {
  const progress = withStep({}, 'build/a', 'one', 1);
  expect(chapterState(progress, ['build/a', 'build/b'])).toBe('begun');
  expect(chapterState(withStep(progress, 'build/b', 'one', 1), ['build/a', 'build/b'])).toBe('done');
  expect(chapterState({}, ['build/a'])).toBe('todo');
});

test('a check that failed as the text says is remembered without completing its step, until the step is to be done again', () => {
  const lesson = 'encrypt/a-passphrase';
  const told = withAsTold({}, lesson, 'wrong', 'opens no-key');
  expect(lessonState(told[lesson])).toBe('todo');
  expect(withAsTold(told, lesson, 'wrong', 'opens no-key')).toBe(told);
  const progress = withStep(told, lesson, 'wrong', 7);
  const stored = parseProgress(JSON.stringify(progress));
  expect(hasFailedAsTold(stored, lesson, 'wrong', 'opens no-key')).toBe(true);
  expect(hasFailedAsTold(stored, lesson, 'wrong', 'opens')).toBe(false);
  expect(withoutSteps(stored, lesson, ['other'])).toBe(stored);
  expect(withoutSteps(stored, lesson, ['wrong'])).toEqual({ [lesson]: { steps: {}, total: 7 } });
});

test('survives being stored and read', () => {
  const progress = withStep({}, 'build/a', 'one', 3);
  expect(parseProgress(JSON.stringify(progress))).toEqual(progress);
});

test.each(['{', '[1]', '"x"', '{"build/a":3}', '{"build/a":{"steps":{"one":"maybe"}}}'])(
  'nothing is done in %j',
  (stored) => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    expect(lessonState(parseProgress(stored)['build/a'])).toBe('todo');
  },
);
