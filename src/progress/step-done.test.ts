// Checks decide where there are some, blocks where there are none.
import { expect, test } from 'vitest';
import { isStepDone } from './step-done.ts';

test('checks decide, whatever the blocks did', () => {
  const blocks = [{ expected: 0, exitStatus: 1 }];
  expect(isStepDone({ checks: ['passed', 'passed'], blocks })).toBe(true);
  expect(isStepDone({ checks: ['passed', 'failed'], blocks: [] })).toBe(false);
});

test('without checks every block has to end as the text says', () => {
  const done = { expected: 0, exitStatus: 0 };
  const failsOnPurpose = { expected: 125, exitStatus: 125 };
  expect(isStepDone({ checks: [], blocks: [done, failsOnPurpose] })).toBe(true);
  expect(isStepDone({ checks: [], blocks: [done, { expected: 0, exitStatus: undefined }] })).toBe(false);
});

test('a step of text alone is never done by itself', () => {
  expect(isStepDone({ checks: [], blocks: [] })).toBe(false);
});
