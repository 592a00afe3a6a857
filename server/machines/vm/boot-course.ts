// How long each phase of one boot has taken. Pure: the caller supplies a monotonic clock.
import type { BootPhase } from '../../protocol/messages.ts';

export interface PhaseTime {
  phase: BootPhase;
  durationMs: number;
}

/** A boot that loops between question and answer is not worth measuring; no more than this is kept. */
const mostPhases = 64;

/** Starts with a machine's firmware; a machine that resumes from a saved state, or was found running, has no course. */
export class BootCourse {
  #passed: PhaseTime[] = [];
  #now: { phase: BootPhase; sinceMs: number } | undefined;

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

  /**
   * The machine is in this phase now.
   * @returns the whole boot when this ends it, once
   */
  reach(phase: BootPhase, nowMs: number): readonly PhaseTime[] | undefined {
    if (this.#now === undefined || phase === this.#now.phase) return undefined;
    if (this.#passed.length < mostPhases) {
      this.#passed = [...this.#passed, { phase: this.#now.phase, durationMs: Math.round(nowMs - this.#now.sinceMs) }];
    }
    this.#now = { phase, sinceMs: nowMs };
    return phase === 'ready' ? this.#passed : undefined;
  }
}
