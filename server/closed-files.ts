// Files and folders with the intended rights, whatever the umask is and whoever made them.
import { chmod, lstat, mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** Closes the files directly in a folder. */
export async function closeFiles(dir: string): Promise<void> {
  for (const name of await readdir(dir).catch(nothingThere)) {
    const file = join(dir, name);
    const facts = await lstat(file).catch(unlessGone);
    if (facts?.isFile() === true && (facts.mode & 0o077) !== 0) await chmod(file, facts.mode & 0o700).catch(unlessGone);
  }
}

/** Makes a file that only this user may read, and so lock; the content of an existing one stays. */
export async function makeClosedFile(file: string): Promise<void> {
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.chmod(0o600);
  } finally {
    await handle.close();
  }
}

/** Makes a folder, or gives an existing one these rights. */
export async function makeFolder(dir: string, mode: number): Promise<void> {
  await mkdir(dir, { recursive: true, mode });
  await chmod(dir, mode);
}

/** Makes a folder, and those above it, that every user may pass through but only this user may list; an existing one stays unchanged. */
export async function makePassable(dir: string): Promise<void> {
  const first = await mkdir(dir, { recursive: true });
  if (first === undefined) return;
  for (let made = resolve(dir); made.startsWith(first); made = dirname(made)) await chmod(made, 0o711);
}

/** For `catch`: ignores what somebody else has just removed. */
export function unlessGone(failure: NodeJS.ErrnoException): undefined {
  if (failure.code !== 'ENOENT') throw failure;
  return undefined;
}

function nothingThere(failure: NodeJS.ErrnoException): [] {
  if (failure.code === 'ENOENT') return [];
  throw failure;
}
