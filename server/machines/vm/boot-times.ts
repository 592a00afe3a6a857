// What boots usually take on this host: measured, kept in one file over restarts, and told as medians. Measures nothing.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { BootPhase, UsualBoot } from '../../protocol/messages.ts';
import type { PhaseTime } from './boot-course.ts';

/** So many boots of each kind: enough for a median that one slow boot does not move, few enough to follow a change. */
const mostKept = 9;
/** Kinds of machines on one host; more would be a file that somebody else writes. */
const mostKinds = 100;

const boot = z.record(z.string(), z.number().nonnegative());
const fileSchema = z.record(z.string(), z.array(boot).max(mostKept));
type Kept = z.infer<typeof fileSchema>;

/** One for each storage. Another server that uses it may write in between: then only one boot is lost from the file. */
export class BootTimes {
  readonly #file: string;
  #kept: Kept = {};
  #work: Promise<void>;

  /** Reads the file in the background; one that is not there, or cannot be read, is no measurement. */
  constructor(file: string) {
    this.#file = file;
    this.#work = this.#read();
  }

  /** Settles when what was added before is on the disk, or cannot be. */
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

  /** Adds a boot that came to its end. Waits for a person are no part of it. Never throws: a figure is no need. */
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
      // Not there yet, or half a file of another hand: the next boot begins a new one.
      this.#kept = {};
    }
  }

  async #write(): Promise<void> {
    const draft = `${this.#file}.${process.pid}`;
    try {
      await writeFile(draft, JSON.stringify(this.#kept), { mode: 0o600 });
      await rename(draft, this.#file);
    } catch {
      // A full disk: what was measured is known until the server ends.
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
