// How long boots usually take on this host: kept in one file over restarts, and returned as medians. Measures nothing itself.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { BootPhase, PhaseTime, UsualBoot } from '../../protocol/messages.ts';

/** Number of boots kept of each kind: enough that one slow boot does not move the median, few enough to follow a change. */
const mostKept = 9;
/** Fewer boots do not predict the next one: two boots on a busy host have differed by a factor of three. */
const leastMeasured = 3;
/** Kinds of machines on one host; if the file has more, somebody else has written it. */
const mostKinds = 100;

/** Null: the machine waited for a person in this phase. */
const boot = z.record(z.string(), z.number().nonnegative().nullable());
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

  /** @param kind what machines must share for their boots to be comparable @returns undefined until enough of them were measured */
  usual(kind: string): UsualBoot | undefined {
    const boots = this.#kept[kind] ?? [];
    if (boots.length < leastMeasured) return undefined;
    const names = [...new Set(boots.flatMap((each) => Object.keys(each)))];
    const medians = names.map((name) => [name, median(timesOf(boots, name))] as const);
    // The sum of the medians, not the median of the sums: a boot that waited in one phase still counts with its others.
    return { phases: Object.fromEntries(medians), totalMs: medians.reduce((sum, [, each]) => sum + each, 0) };
  }

  /** Adds a completed boot, without its waits for a person. Never throws: the server works without these figures. */
  add(kind: string, passed: readonly PhaseTime[]): void {
    const one: Partial<Record<BootPhase, number | null>> = {};
    for (const { phase, durationMs, waited } of passed) {
      if (phase === 'unlock') continue;
      one[phase] = waited === true || one[phase] === null ? null : (one[phase] ?? 0) + durationMs;
    }
    this.#work = this.#work.then(async () => {
      const boots = [...(this.#kept[kind] ?? []), one as Kept[string][number]].slice(-mostKept);
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

/** A phase that a boot did not have counts as no time; one in which it waited is left out. */
function timesOf(boots: Kept[string], name: string): number[] {
  return boots.map((each) => (each[name] === undefined ? 0 : each[name])).filter((time) => time !== null);
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
