// The key with which a session's terminals log in to its virtual machines: made once for a storage directory.
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

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
 * Makes the key unless it is there. It opens guests of this host's sessions to whoever is inside the same session, on a
 * network without any way out: a convenience, no secret between readers.
 */
export async function makeLoginKey(storageDir: string): Promise<void> {
  if ((await loginKeyFingerprint(storageDir)) !== undefined) return;
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const folder = `${loginKeyDir(storageDir)}.new`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // OpenSSH reads PKCS #8 for this kind of key since its version 9.6; Debian 13 has 10.
  await writeFile(join(folder, 'id_ed25519'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const fields = [Buffer.from('ssh-ed25519'), raw].flatMap((field) => [lengthOf(field), field]);
  await writeFile(
    join(folder, 'id_ed25519.pub'),
    `ssh-ed25519 ${Buffer.concat(fields).toString('base64')} eu-os-labs\n`,
  );
  await rm(loginKeyDir(storageDir), { recursive: true, force: true });
  await rename(folder, loginKeyDir(storageDir));
}

function lengthOf(field: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(field.length);
  return length;
}
