// state.json: what a saved state is, what it was made from, and whether a sandbox may start from it. Writes nothing.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';

/** Written last, so that a folder that has it is whole. */
export const recordFile = 'state.json';

/** A template's devices, disks and TPM are 8 MiB, read in 0.1 s; preparing a lab waits for that. */
const largestSummedBytes = 64 * 1024 * 1024;

const recordSchema = z.strictObject({
  /** Bumped when an old state could be misread. */
  version: z.literal(1),
  lab: z.string(),
  /** `encrypt/tpm2`, `encrypt/tpm2#seal`, or `beginning`. */
  name: z.string(),
  /** The lesson runner's key: what was played. */
  key: z.string(),
  /**
   * Everything that the state depends on, apart from its own files: image tags, machines, QEMU's version. If any of it
   * differs, the state is not usable.
   */
  madeOf: z.record(z.string(), z.string()),
  /** Folders under `<storageDir>/vm` that must exist as well: disk images, and states against which this one is stored as a difference. */
  needs: z.array(z.string()),
  /** Relative path → bytes. */
  files: z.record(z.string(), z.int()),
  /** Relative path → SHA-256 of the files that `sumFiles` reads; absent in records of servers that did not keep it. */
  sums: z.record(z.string(), z.string()).optional(),
  /** ISO 8601. */
  madeAt: z.string(),
});
export type StateRecord = z.infer<typeof recordSchema>;

/** @returns undefined for a folder whose record is missing or is not valid */
export async function readRecord(dir: string): Promise<StateRecord | undefined> {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(await readFile(join(dir, recordFile), 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (failure) {
    if (failure instanceof SyntaxError || (failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failure;
  }
}

/**
 * Whether a state's files have the recorded sizes, and everything that it needs is whole as well. Used at each start of a
 * session; a file that was changed but kept its size is found only by `damagedFile`.
 */
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

/**
 * SHA-256 of a state's files, except machines' memory, where a changed bit affects only the guest's programs, and large
 * disks, which would take long.
 * @param files as in the record
 */
export async function sumFiles(dir: string, files: Record<string, number>): Promise<Record<string, string>> {
  const sums: Record<string, string> = {};
  for (const [file, bytes] of Object.entries(files)) {
    if (basename(file) !== 'ram' && bytes <= largestSummedBytes) sums[file] = await sumOf(join(dir, file));
  }
  return sums;
}

/** Reads all of a state's files. @returns the first one that has changed since it was saved; undefined: none of those with a checksum */
export async function damagedFile(dir: string, { sums = {} }: StateRecord): Promise<string | undefined> {
  for (const [file, sum] of Object.entries(sums)) {
    if ((await sizeOf(join(dir, file))) === undefined || (await sumOf(join(dir, file))) !== sum) return file;
  }
  return undefined;
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await lstat(path)).size;
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failure;
  }
}
