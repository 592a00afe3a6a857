// Which processes use a storage directory: each leaves a note there, and removes it when it ends normally.
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { isRunning, ownIdentity } from '../../process-identity.ts';
import { writeWhole } from '../../whole-file.ts';

const noteSchema = z.object({ pid: z.int().positive(), identity: z.string(), stateDir: z.string() });
export type StorageUser = z.infer<typeof noteSchema>;

function usersDir(storageDir: string): string {
  return join(storageDir, 'users');
}

/** @returns a function that removes the note */
export async function noteStorageUser(storageDir: string, stateDir: string): Promise<() => Promise<void>> {
  const dir = usersDir(storageDir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, `${process.pid}-${randomBytes(4).toString('hex')}.json`);
  await writeWhole(file, `${JSON.stringify({ pid: process.pid, identity: ownIdentity(), stateDir })}\n`);
  return () => rm(file, { force: true });
}

/**
 * Processes that run and use the storage, one row for each process and state directory. Notes that cannot be read do not
 * count; those of processes that are gone are removed.
 */
export async function storageUsers(storageDir: string): Promise<StorageUser[]> {
  const dir = usersDir(storageDir);
  const users = new Map<string, StorageUser>();
  for (const name of await namesIn(dir)) {
    if (!name.endsWith('.json')) continue;
    const user = await readNote(join(dir, name));
    if (user !== undefined && (await isRunning(user))) users.set(`${user.pid} ${user.stateDir}`, user);
    else await rm(join(dir, name), { force: true });
  }
  return [...users.values()];
}

async function readNote(file: string): Promise<StorageUser | undefined> {
  try {
    return noteSchema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch (failure) {
    if (failure instanceof SyntaxError || (failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failure;
  }
}

async function namesIn(dir: string): Promise<string[]> {
  return readdir(dir).catch((failure: NodeJS.ErrnoException) => {
    if (failure.code === 'ENOENT') return [];
    throw failure;
  });
}
