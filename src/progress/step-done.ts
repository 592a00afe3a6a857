// The rule by which a step is done. Pure.

export interface StepParts {
  /** States of the step's checks, those of provoked failures left out. */
  checks: string[];
  /** The step's run blocks; `exitStatus` is absent until one has ended. */
  blocks: { expected: number; exitStatus: number | undefined }[];
  /** Whether each of the step's actions on a machine has been done. */
  actions: boolean[];
}

/** With checks: all have passed, however it was done. Without: every block and action ended as the text says. Else never. */
export function isStepDone({ checks, blocks, actions }: StepParts): boolean {
  if (checks.length > 0) return checks.every((state) => state === 'passed');
  if (blocks.length + actions.length === 0) return false;
  return blocks.every(({ expected, exitStatus }) => exitStatus === expected) && actions.every(Boolean);
}
