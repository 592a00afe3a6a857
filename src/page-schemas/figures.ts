// Measured figures: what `npm run bench -- --only vms --save` found, on which machine, and when. Only that command writes them.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'astro/zod';

const figureSchema = z.strictObject({
  unit: z.enum(['ms', 'MiB', '%']),
  median: z.number(),
  /** 95th percentile; absent where there is one value. */
  p95: z.number().optional(),
  most: z.number().optional(),
  /** How many values were measured. */
  count: z.int(),
});
export type MeasuredFigure = z.output<typeof figureSchema>;

const figuresSchema = z.strictObject({
  /** ISO 8601 day. */
  date: z.string(),
  /** The command that was typed. */
  command: z.string(),
  machine: z.strictObject({
    processor: z.string(),
    processors: z.int(),
    memoryGiB: z.number(),
    system: z.string(),
    kernel: z.string(),
    /** Load average of the minute before the measurement: how busy the machine was otherwise. */
    load: z.number(),
  }),
  /** The probe's own verdict and reason, see server/machines/vm/kvm-probe.ts. */
  acceleration: z.strictObject({ kind: z.enum(['kvm', 'emulation']), reason: z.string() }),
  /** The figures by name. */
  figures: z.record(z.string(), figureSchema),
});
export type Figures = z.output<typeof figuresSchema>;

/** The file with the figures, relative to the repository. */
export const figuresFile = path.join('content', 'figures', 'virtual-machines.json');

/** @returns undefined before the first measurement. @throws {Error} naming the file when it contains something else */
export function readFigures(root: string): Figures | undefined {
  const file = path.join(root, figuresFile);
  if (!existsSync(file)) return undefined;
  const result = figuresSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!result.success) throw new Error(`${figuresFile}: ${result.error.message}`);
  return result.data;
}
