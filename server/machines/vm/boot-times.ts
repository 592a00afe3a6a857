// How long boots usually take on this host: kept in one file over restarts, and returned as medians. Measures nothing itself.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { BootPhase, UsualBoot } from '../../protocol/messages.ts';
import type { PhaseTime } from './boot-course.ts';

/** Number of boots kept of each kind: enough that one slow boot does not move the median, few enough to follow a change. */
const mostKept = 9;
/** Kinds of machines on one host; if the file has more, somebody else has written it. */
const mostKinds = 100;

const boot = z.record(z.string(), z.number().nonnegative());
const fileSchema = z.record(z.string(), z.array(boot).max(mostKept));
type Kept = z.infer<typeof fileSchema>;

/** One per storage. Another server may write to the same file in between: then only one boot is lost from it. */
export class BootTimes {
  readonly #file: string;
  #kept: Kept = {};
  #work: Promise<void>;

  /** Reads the file in the background; a missing or unreadable one counts as no measurements. */
  constructor(file: string) {
    this.#file = file;
    this.#work = this.#read();
  }

  /** Settles when everything that was added before is on the disk, or cannot be written. */
  get settled(): Promise<void> {
    return this.#work;
  }

  /** @param kind what machines must share for their boots to be alike @returns undefined before the first boot */
  usual(kind: string): UsualBoot | undefined {
    const boots = this.#kept[kind] ?? [];
    if (boots.length === 0) return undefined;
    const names = new Set(boots.flatMap((each) => Object.keys(each)));
    const phases = Object.fromEntries([...names].map((name) => [name, median(boots.map((each) => each[name] ?? 0))]));
    return { phases, totalMs: median(boots.map(totalOf)) };
  }

  /** Adds a completed boot, without its waits for a person. Never throws: the server works without these figures. */
  add(kind: string, passed: readonly PhaseTime[]): void {
    const one: Partial<Record<BootPhase, number>> = {};
    for (const { phase, durationMs } of passed) {
      if (phase !== 'unlock') one[phase] = (one[phase] ?? 0) + durationMs;
    }
    this.#work = this.#work.then(async () => {
      const boots = [...(this.#kept[kind] ?? []), one as Record<string, number>].slice(-mostKept);
      const others = Object.entries(this.#kept).filter(([name]) => name !== kind);
      this.#kept = Object.fromEntries([...others.slice(1 - mostKinds), [kind, boots]]);
      await this.#write();
    });
  }

  async #read(): Promise<void> {
    try {
      this.#kept = fileSchema.parse(JSON.parse(await readFile(this.#file, 'utf8')));
    } catch {
      // The file does not exist yet, or somebody else wrote only half of it: the next boot begins a new one.
      this.#kept = {};
    }
  }

  async #write(): Promise<void> {
    const draft = `${this.#file}.${process.pid}`;
    try {
      await writeFile(draft, JSON.stringify(this.#kept), { mode: 0o600 });
      await rename(draft, this.#file);
    } catch {
      // The disk is full: what was measured is kept in memory until the server ends.
    }
  }
}

function totalOf(one: Record<string, number>): number {
  return Object.values(one).reduce((sum, each) => sum + each, 0);
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
