// Facts about a lab that pages show, read from labs/<lab>/lab.yaml when the site is built.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { labSchema, type LabFile } from '../../labs/lab-schema.ts';

/** @throws {Error} naming the lab file when it is not a lab file. */
export function readLabFile(lab: string): LabFile {
  const file = path.join('labs', lab, 'lab.yaml');
  const result = labSchema.safeParse(parse(readFileSync(file, 'utf8')));
  if (!result.success) throw new Error(`${file}: ${result.error.message}`);
  return result.data;
}

/** Name of a lab as its panel shows it. */
export function labTitle(lab: string): string {
  return readLabFile(lab).title;
}
