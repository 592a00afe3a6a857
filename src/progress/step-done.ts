// The rule by which a step is done. Pure.

export interface StepParts {
  /** States of the step's checks, without those of provoked failures. */
  checks: string[];
  /** The step's run blocks; `exitStatus` is absent until one has ended. */
  blocks: { expected: number; exitStatus: number | undefined }[];
  /** Whether each of the step's actions on a machine has been done. */
  actions: boolean[];
}

/**
 * With checks: when all have passed, however that was achieved. Without: when every block and action ended as the text says.
 * Otherwise never.
 */
export function isStepDone({ checks, blocks, actions }: StepParts): boolean {
  if (checks.length > 0) return checks.every((state) => state === 'passed');
  if (blocks.length + actions.length === 0) return false;
  return blocks.every(({ expected, exitStatus }) => exitStatus === expected) && actions.every(Boolean);
}
