// A lab's files as a sandbox sees them: a copy that every id may read. The repository itself stays as it was cloned.
import { chmod, cp, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Root in a sandbox is nobody to the repository: cloned under a umask of 027 or 077, its files would not be readable.
 * @param from the lab's folder of files
 * @param to is made; a name that is not there yet
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
