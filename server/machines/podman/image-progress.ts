// The progress of an image build: step names, and the seconds left, estimated from the time that each step took last time.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../../whole-file.ts';
import type { Progress } from '../../protocol/messages.ts';

/** Seconds that each step took on a two-core machine near a mirror: the estimate before a host's first build. */
const usualSeconds: Record<string, number> = {
  debian: 15,
  authority: 8,
  'os-base:packages': 20,
  'os-base:initramfs': 12,
  'os-base:layout': 2,
  'os-base:lint': 1,
  'os-base:save': 8,
  'workstation:base': 14,
  'workstation:repository': 20,
  'workstation:packages': 35,
  'workstation:base-store': 6,
  'workstation:save': 20,
  'vm-host:packages': 25,
  'vm-host:save': 10,
  'desktop:packages': 14,
  'desktop:initramfs': 12,
  'desktop:layout': 2,
  'desktop:lint': 1,
  'desktop:save': 15,
  'desktop-disk:tree': 14,
  'desktop-disk:disk': 14,
};

/** For a step that has never been timed. */
const unknownStepSeconds = 10;
/** How often the seconds left are reported: a page shows them in steps of a few seconds. */
const tellEveryMs = 2_000;

export class BuildProgress implements Disposable {
  readonly #plan: readonly string[];
  readonly #tell: (progress: Progress) => void;
  readonly #path: string;
  readonly #seconds: Record<string, number>;
  readonly #timer: NodeJS.Timeout;
  #current: string | undefined;
  #startedAt = 0;

  /** @param plan all steps in order */
  constructor(storageDir: string, plan: readonly string[], tell: (progress: Progress) => void) {
    this.#plan = plan;
    this.#tell = tell;
    this.#path = join(storageDir, 'build-seconds.json');
    this.#seconds = { ...usualSeconds, ...readSeconds(this.#path) };
    this.#timer = setInterval(() => this.#report(), tellEveryMs);
    this.#timer.unref();
  }

  /** A step begins; the one before it is done. A name that is not in the plan is ignored. */
  step(name: string): void {
    if (name === this.#current || !this.#plan.includes(name)) return;
    this.#finishStep();
    this.#current = name;
    this.#startedAt = performance.now();
    this.#report();
  }

  /** The build is done: its timings are kept for the next estimate. */
  async finish(): Promise<void> {
    this.#finishStep();
    await writeWhole(this.#path, `${JSON.stringify(this.#seconds, undefined, 2)}\n`);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #finishStep(): void {
    if (this.#current !== undefined) this.#seconds[this.#current] = (performance.now() - this.#startedAt) / 1000;
    this.#current = undefined;
  }

  #report(): void {
    if (this.#current === undefined) return;
    const done = this.#plan.indexOf(this.#current);
    const later = this.#plan.slice(done + 1).reduce((sum, name) => sum + this.#expected(name), 0);
    const now = this.#expected(this.#current) - (performance.now() - this.#startedAt) / 1000;
    const secondsLeft = Math.max(1, Math.round(later + Math.max(0, now)));
    this.#tell({ step: this.#current, done, total: this.#plan.length, secondsLeft });
  }

  #expected(name: string): number {
    return this.#seconds[name] ?? unknownStepSeconds;
  }
}

function readSeconds(path: string): Record<string, number> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof parsed !== 'object' || parsed === null) return {};
    return Object.fromEntries(
      Object.entries(parsed).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
    );
  } catch {
    // Absent before the first build, or cut short by a crash: the built-in estimates are good enough.
    return {};
  }
}
