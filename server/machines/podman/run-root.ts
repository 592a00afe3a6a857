// Where podman keeps what does not outlive a boot (--runroot): below the storage, unless podman finds that path too long.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Podman refuses longer ones: sockets lie below, whose paths the kernel limits to 108 bytes. */
const mostCharacters = 50;

/**
 * The same answer in every process of a user for the same storage. A long home directory makes the usual place too long:
 * then it is the runtime directory, which goes with a reboot as its content does.
 */
export function runRoot(storageDir: string): string {
  const usual = join(storageDir, 'run');
  if (usual.length <= mostCharacters) return usual;
  const runtimeDir = runtimeDirectory();
  // Podman's own message says what is wrong; the doctor, what mends it.
  if (runtimeDir === undefined) return usual;
  return join(runtimeDir, `eu-os-labs-${createHash('sha256').update(storageDir).digest('hex').slice(0, 8)}`);
}

function runtimeDirectory(): string | undefined {
  const uid = process.getuid?.();
  if (uid === 0) return '/run';
  const usual = `/run/user/${uid}`;
  return process.env['XDG_RUNTIME_DIR'] ?? (existsSync(usual) ? usual : undefined);
}
