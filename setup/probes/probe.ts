// What a probe reports: one line per thing that a host needs. Only the shape; no probing.
import type { LabServerConfig } from '../../server/config.ts';
import type { HostFacts } from '../../server/machines/podman/host-facts.ts';

/** `fail`: sandboxes cannot start, or the server cannot listen. `warn`: something does not work, and `found` says what. */
export type ProbeState = 'ok' | 'warn' | 'fail';

export interface ProbeLine {
  /** What was looked at, in a word or two: `open files`. */
  name: string;
  state: ProbeState;
  /** What was found, and what follows from it. */
  found: string;
  /** The exact command that fixes it; absent when all is well or nothing can be done. */
  mend?: string;
}

/** What the probes share: read once. */
export interface ProbeContext {
  config: LabServerConfig;
  host: HostFacts;
}

/** Undefined: there is nothing to report on this host. */
export type Probe = (context: ProbeContext) => Promise<ProbeLine | undefined>;
