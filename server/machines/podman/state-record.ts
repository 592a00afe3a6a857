// state.json: what a saved state is and what it was made of, and whether it may be started from. Reads files only.
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** Written last, so that a folder which has it is whole. */
export const recordFile = 'state.json';

const recordSchema = z.strictObject({
  /** Bumped when an old state could be misread. */
  version: z.literal(1),
  lab: z.string(),
  /** `encrypt/tpm2`, `encrypt/tpm2#seal`, or `beginning`. */
  name: z.string(),
  /** The lesson runner's: what was played. */
  key: z.string(),
  /** All that the state depends on beside its own files: image tags, machines, QEMU's version. Equal or not usable. */
  madeOf: z.record(z.string(), z.string()),
  /** Folders under `<storageDir>/vm` that must be there too: disk images, states that this one is a difference to. */
  needs: z.array(z.string()),
  /** Relative path → bytes. */
  files: z.record(z.string(), z.int()),
  /** ISO 8601. */
  madeAt: z.string(),
});
export type StateRecord = z.infer<typeof recordSchema>;

/** @returns undefined for a folder whose record is missing, or is none */
export async function readRecord(dir: string): Promise<StateRecord | undefined> {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(await readFile(join(dir, recordFile), 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (failure) {
    if (failure instanceof SyntaxError || (failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failure;
  }
}

/** Whether a state's files have their sizes, and all that it needs is whole too. A file that was changed is not found. */
export async function isWhole(vmDir: string, dir: string, record: StateRecord): Promise<boolean> {
  for (const [file, bytes] of Object.entries(record.files)) {
    if ((await sizeOf(join(dir, file))) !== bytes) return false;
  }
  for (const need of record.needs) {
    const needed = join(vmDir, need);
    if (!need.startsWith('states/')) {
      if ((await sizeOf(needed)) === undefined) return false;
      continue;
    }
    const parent = await readRecord(needed);
    if (parent === undefined || !(await isWhole(vmDir, needed, parent))) return false;
  }
  return true;
}

/** All regular files below a folder with their sizes. */
export async function listFiles(dir: string): Promise<Record<string, number>> {
  const files: Record<string, number> = {};
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[path.slice(dir.length + 1)] = (await lstat(path)).size;
  }
  return files;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await lstat(path)).size;
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failure;
  }
}
