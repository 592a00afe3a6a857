// Where podman keeps what does not outlive a boot (--runroot): below the storage, unless podman finds that path too long.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Podman refuses longer paths: there are sockets below, and the kernel limits a socket's path to 108 bytes. */
const mostCharacters = 50;

/**
 * The same answer in every process of a user for the same storage. If a long home directory makes the usual path too long, it
 * is in the runtime directory, which a reboot empties, and its content is not needed after one.
 */
export function runRoot(storageDir: string): string {
  const usual = join(storageDir, 'run');
  if (usual.length <= mostCharacters) return usual;
  const runtimeDir = runtimeDirectory();
  // Podman's own message says what is wrong, and the doctor how to fix it.
  if (runtimeDir === undefined) return usual;
  return join(runtimeDir, `eu-os-labs-${createHash('sha256').update(storageDir).digest('hex').slice(0, 8)}`);
}

function runtimeDirectory(): string | undefined {
  const uid = process.getuid?.();
  if (uid === 0) return '/run';
  const usual = `/run/user/${uid}`;
  return process.env['XDG_RUNTIME_DIR'] ?? (existsSync(usual) ? usual : undefined);
}
