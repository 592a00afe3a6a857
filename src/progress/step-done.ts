// The rule by which a step is done. Pure.

export interface StepParts {
  /** States of the step's checks, those of provoked failures left out. */
  checks: string[];
  /** The step's run blocks; `exitStatus` is absent until one has ended. */
  blocks: { expected: number; exitStatus: number | undefined }[];
}

/** With checks: all have passed, however it was done. Without: every block ended as the text says. Else never. */
export function isStepDone({ checks, blocks }: StepParts): boolean {
  if (checks.length > 0) return checks.every((state) => state === 'passed');
  return blocks.length > 0 && blocks.every(({ expected, exitStatus }) => exitStatus === expected);
}
