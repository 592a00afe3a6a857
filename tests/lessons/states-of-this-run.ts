// What the lessons stage of this process leaves for the stages after it. Names only; looks nothing up.

/** Named states that are there because a lesson of this run was played to its end, or started from one. */
export const statesOfThisRun = new Set<string>();
