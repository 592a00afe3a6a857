// The key with which a session's terminals log in to its virtual machines: made once for a storage directory.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeSshKey } from '../vm/ssh-key.ts';

/** Folder with id_ed25519 (for the image vm-host alone) and id_ed25519.pub (for guests). */
export function loginKeyDir(storageDir: string): string {
  return join(storageDir, 'login');
}

/** @returns a fingerprint of the public key, undefined when there is none yet */
export async function loginKeyFingerprint(storageDir: string): Promise<string | undefined> {
  try {
    const key = await readFile(join(loginKeyDir(storageDir), 'id_ed25519.pub'));
    return createHash('sha256').update(key).digest('hex').slice(0, 16);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failure;
  }
}

/**
 * Makes the key unless it exists. It lets anybody inside a session log in to that session's guests, on a network without any
 * way out: a convenience, not a secret between readers.
 */
export async function makeLoginKey(storageDir: string): Promise<void> {
  if ((await loginKeyFingerprint(storageDir)) !== undefined) return;
  const { privatePem, publicLine } = makeSshKey('eu-os-labs');
  const folder = `${loginKeyDir(storageDir)}.new`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'id_ed25519'), privatePem, { mode: 0o600 });
  await writeFile(join(folder, 'id_ed25519.pub'), `${publicLine}\n`);
  await rm(loginKeyDir(storageDir), { recursive: true, force: true });
  await rename(folder, loginKeyDir(storageDir));
}
