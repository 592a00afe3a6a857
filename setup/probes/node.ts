// Which Node runs the project. npm itself may run on an older one: the project's own Node comes with the libraries.
import type { ProbeLine } from './probe.ts';

/** The first with `await using`, and with node:sqlite without a warning. */
const leastMajor = 24;

export async function probeNode(version: string = process.versions.node): Promise<ProbeLine> {
  const major = Number(version.split('.')[0]);
  if (major >= leastMajor) return { name: 'Node', state: 'ok', found: version };
  return {
    name: 'Node',
    state: 'fail',
    found: `${version}, expected ${leastMajor} or newer: the project's own Node is missing`,
    mend: 'npm ci',
  };
}
