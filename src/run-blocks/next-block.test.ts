// Alt R goes on from where the reader is, and leaves the work of finished steps alone.
import { expect, test } from 'vitest';
import { nextBlockAt, type BlockFacts } from './next-block.ts';

const block = (facts: Partial<BlockFacts> = {}): BlockFacts => ({
  isDone: false,
  isActive: false,
  isStepDone: false,
  hasFocus: false,
  isBelow: undefined,
  ...facts,
});
const byHand = block({ isStepDone: true });

test('on a new page it is the first block', () => expect(nextBlockAt([block(), block()])).toBe(0));

test('it goes on after the block that it has run', () =>
  expect(nextBlockAt([block({ isDone: true, hasFocus: true, isBelow: true }), block({ isBelow: true })])).toBe(1));

test('when every step was done by hand, nothing is run', () => expect(nextBlockAt([byHand, byHand, byHand])).toBe(-1));

test('steps that were done by hand are left out', () => expect(nextBlockAt([byHand, byHand, block()])).toBe(2));

test('a step above the last one that is done may have been typed without the page knowing', () =>
  expect(nextBlockAt([block(), byHand, block()])).toBe(2));

test('it never goes back above the place where the reader is', () => {
  expect(nextBlockAt([block({ isBelow: false }), block({ isBelow: true })])).toBe(1);
  expect(nextBlockAt([block({ isBelow: false }), block({ isBelow: true, isDone: true })])).toBe(-1);
});

test('a block of a finished step runs when it has the focus, but not the ones after it', () => {
  const here = block({ isStepDone: true, hasFocus: true, isBelow: true });
  const after = block({ isStepDone: true, isBelow: true });
  expect(nextBlockAt([byHand, here, after])).toBe(1);
  expect(nextBlockAt([byHand, { ...here, isDone: true }, after])).toBe(-1);
});

test('a block that runs is not typed again', () => expect(nextBlockAt([block({ isActive: true }), block()])).toBe(1));
