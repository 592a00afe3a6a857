// Makes an ordinary user's image ready for the ids of sandboxes, so that the first session does not wait for it.
import { sharedRange } from './id-slots.ts';
import type { Podman } from './podman-command.ts';

/** Changing the owner of all files in a 1.3 GB image took 13 s; a slow disk may need ten times as long. */
const mapTimeoutMs = 5 * 60_000;
const removeTimeoutMs = 30_000;

/**
 * Root's podman maps ids when it mounts the image. An ordinary user's podman copies all files with their new owners, once:
 * the copy is kept with the image and removed with it. @throws {PodmanError}
 */
export async function mapImage(podman: Podman, tag: string, signal: AbortSignal): Promise<void> {
  if (process.getuid?.() === 0) return;
  const map = `0:${sharedRange.hostId}:${sharedRange.size}`;
  const args = ['create', '--pull', 'never', '--network', 'none', '--uidmap', map, '--gidmap', map, tag];
  const id = await podman.run(args, { timeoutMs: mapTimeoutMs, signal });
  await podman.run(['rm', '--force', id.trim()], { timeoutMs: removeTimeoutMs });
}
