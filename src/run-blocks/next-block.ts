// Which block Alt R runs: never one of a step that is done, unless the reader has gone to it, so that finished work is not overwritten. Pure.

export interface BlockFacts {
  isDone: boolean;
  /** Being typed or running. */
  isActive: boolean;
  /** Its step is done, perhaps by hand: then its blocks have not run and must not. */
  isStepDone: boolean;
  /** It has the focus. */
  hasFocus: boolean;
  /** It is, or comes after, the place where the reader is; undefined when nobody knows that place. */
  isBelow: boolean | undefined;
}

/** @param blocks in page order @returns the place of the next one among them; -1 when nothing is left from there on */
export function nextBlockAt(blocks: readonly BlockFacts[]): number {
  const focused = blocks.findIndex(({ hasFocus, isDone, isActive }) => hasFocus && !isDone && !isActive);
  if (focused >= 0) return focused;
  // Without a place: below everything that is done. What is above may have been typed by hand in a step that no check can confirm.
  const lastDone = blocks.findLastIndex(({ isStepDone, isDone }) => isStepDone || isDone);
  return blocks.findIndex(
    ({ isDone, isActive, isStepDone, isBelow }, at) =>
      !isDone && !isActive && !isStepDone && (isBelow ?? at > lastDone),
  );
}
