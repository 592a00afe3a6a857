// Waits until a machine's boot has reached a phase.
import { setTimeout as delay } from 'node:timers/promises';
import { LabError } from '../../errors.ts';
import type { BootPhase } from '../../protocol/messages.ts';
import type { BootState } from './boot-phase.ts';

/** Pause between two looks at the phase; a boot takes half a minute. */
const phaseEveryMs = 50;

export interface BootWait {
  machine: string;
  state: () => BootState;
  phases: readonly (BootPhase | undefined)[];
  timeoutMs: number;
}

/** @throws {LabError} LAB_ERR_EXEC when there is a trouble, or the time is over; the signal's reason */
export async function untilBootPhase(wait: BootWait, signal: AbortSignal): Promise<void> {
  const { machine, phases, timeoutMs } = wait;
  const until = performance.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const { phase, trouble, detail } = wait.state();
    if (phases.includes(phase)) return;
    const found = trouble === undefined ? phase : `${trouble} (${detail ?? ''})`;
    if (trouble !== undefined || performance.now() > until) {
      throw new LabError('LAB_ERR_EXEC', `machine ${machine}: found ${found}, expected ${phases.join(' or ')}`);
    }
    await delay(phaseEveryMs, undefined, { signal });
  }
}
