// How long each phase of one boot has taken. Pure: the caller supplies a monotonic clock.
import type { BootPhase, PhaseTime } from '../../protocol/messages.ts';

/** A boot that loops between question and answer is not worth measuring; no more than this is kept. */
const mostPhases = 64;

/** Starts with a machine's firmware; a machine that resumes from a saved state, or was found running, has no course. */
export class BootCourse {
  #passed: PhaseTime[] = [];
  #now: { phase: BootPhase; sinceMs: number; hasWaited?: true } | undefined;

  /** The phases that it has completed, in order; absent when the boot was not seen from its beginning. */
  get passed(): readonly PhaseTime[] | undefined {
    return this.#now === undefined ? undefined : this.#passed;
  }

  begin(nowMs: number): void {
    this.#passed = [];
    this.#now = { phase: 'firmware', sinceMs: nowMs };
  }

  /** The machine is off, or its boot was not seen from the firmware on. */
  drop(): void {
    this.#passed = [];
    this.#now = undefined;
  }

  /** The machine waits for a person in its present phase. */
  waits(): void {
    if (this.#now !== undefined) this.#now.hasWaited = true;
  }

  /**
   * The machine is in this phase now.
   * @returns the whole boot when this ends it, once
   */
  reach(phase: BootPhase, nowMs: number): readonly PhaseTime[] | undefined {
    if (this.#now === undefined || phase === this.#now.phase) return undefined;
    if (this.#passed.length < mostPhases) {
      const { phase: over, sinceMs, hasWaited } = this.#now;
      const time: PhaseTime = {
        phase: over,
        durationMs: Math.round(nowMs - sinceMs),
        ...(hasWaited && { waited: true }),
      };
      this.#passed = [...this.#passed, time];
    }
    this.#now = { phase, sinceMs: nowMs };
    return phase === 'ready' ? this.#passed : undefined;
  }
}
