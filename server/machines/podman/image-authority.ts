// The authority that signs registry.lab's certificate and the lab's packages: made once for a storage directory.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Folder with ca.crt, registry.crt, registry.key, packages.asc, packages.key; the authority's own key is in none of them. */
export function authorityDir(storageDir: string): string {
  return join(storageDir, 'authority');
}

/** @returns a fingerprint of the public parts, undefined when there is no whole authority */
export async function authorityFingerprint(storageDir: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    // `made` is written last.
    for (const name of ['made', 'ca.crt', 'registry.crt', 'packages.asc']) {
      hash.update(await readFile(join(authorityDir(storageDir), name)));
    }
  } catch (failure) {
    if (failure instanceof Error && 'code' in failure && failure.code === 'ENOENT') return undefined;
    throw failure;
  }
  return hash.digest('hex').slice(0, 16);
}

/** Lets `make` fill an empty folder, and uses the result only when it has succeeded. */
export async function makeAuthority(storageDir: string, make: (folder: string) => Promise<void>): Promise<void> {
  const folder = `${authorityDir(storageDir)}.new`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await make(folder);
  await rm(authorityDir(storageDir), { recursive: true, force: true });
  await rename(folder, authorityDir(storageDir));
}
