// A lab's files as a sandbox sees them: a copy that every id may read. The repository itself is left unchanged.
import { chmod, cp, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * For the repository, root in a sandbox is an unknown user: files that were cloned under a umask of 027 or 077 would not be readable.
 * @param from the lab's folder of files
 * @param to a folder that does not exist yet; it is made
 */
export async function copyFiles(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(to, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, (await isProgram(path)) ? 0o755 : 0o644);
  }
}

async function isProgram(path: string): Promise<boolean> {
  return ((await stat(path)).mode & 0o100) !== 0;
}
