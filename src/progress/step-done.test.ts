// Checks decide where there are any, blocks where there are none.
import { expect, test } from 'vitest';
import { isStepDone } from './step-done.ts';

test('checks decide, whatever the blocks did', () => {
  const blocks = [{ expected: 0, exitStatus: 1 }];
  expect(isStepDone({ checks: ['passed', 'passed'], blocks, actions: [] })).toBe(true);
  expect(isStepDone({ checks: ['passed', 'failed'], blocks: [], actions: [] })).toBe(false);
});

test('without checks every block has to end as the text says', () => {
  const done = { expected: 0, exitStatus: 0 };
  const failsOnPurpose = { expected: 125, exitStatus: 125 };
  expect(isStepDone({ checks: [], blocks: [done, failsOnPurpose], actions: [] })).toBe(true);
  expect(isStepDone({ checks: [], blocks: [done, { expected: 0, exitStatus: undefined }], actions: [] })).toBe(false);
});

test('without checks every action has to be done, too', () => {
  const blocks = [{ expected: 0, exitStatus: 0 }];
  expect(isStepDone({ checks: [], blocks, actions: [true, false] })).toBe(false);
  expect(isStepDone({ checks: [], blocks, actions: [true] })).toBe(true);
  expect(isStepDone({ checks: [], blocks: [], actions: [true] })).toBe(true);
});

test('a step that only has text is never done by itself', () => {
  expect(isStepDone({ checks: [], blocks: [], actions: [] })).toBe(false);
});
