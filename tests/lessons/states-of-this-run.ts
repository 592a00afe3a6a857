// What the lessons stage of this process leaves for later stages. Only names; looks up nothing.

/** Named states that exist because a lesson of this run was played to its end or started from them. */
export const statesOfThisRun = new Set<string>();
