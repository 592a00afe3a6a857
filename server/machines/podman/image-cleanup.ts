// Removes what builds leave behind: working containers and layers of interrupted ones, tags of earlier inputs.
import { PodmanError, type Podman } from './podman-command.ts';
import { removeTree } from './remove-tree.ts';

/** Deleting a gigabyte of small files takes some seconds on a slow disk. */
const removeTimeoutMs = 5 * 60_000;

/** Only under the build lock: then every working container and unnamed image is a leftover. */
export async function removeLeftovers(podman: Podman, workDir: string): Promise<void> {
  await removeTree(podman, workDir);
  const containers = await podman.run(['ps', '--all', '--external', '--format', '{{.ID}} {{.Status}}'], {
    timeoutMs: removeTimeoutMs,
  });
  for (const line of containers.split('\n')) {
    const [id, status] = line.split(' ');
    // "Storage" is podman's word for a build's container, which podman did not start itself.
    if (id !== undefined && status === 'Storage')
      await podman.run(['rm', '--force', id], { timeoutMs: removeTimeoutMs });
  }
  await podman.run(['image', 'prune', '--force'], { timeoutMs: removeTimeoutMs });
}

/**
 * Removes earlier builds of the images in `keep`, except those from which a sandbox still runs: a later build removes these.
 * @param keep tags of the current builds
 */
export async function removeOldTags(podman: Podman, keep: readonly string[]): Promise<void> {
  const repositories = new Set(keep.map(repositoryOf));
  const listed = await podman.run(['images', '--format', '{{.Repository}}:{{.Tag}}'], { timeoutMs: removeTimeoutMs });
  for (const tag of listed.split('\n')) {
    if (keep.includes(tag) || !repositories.has(repositoryOf(tag))) continue;
    try {
      await podman.run(['rmi', tag], { timeoutMs: removeTimeoutMs });
    } catch (failure) {
      if (!(failure instanceof PodmanError) || !/in use|used by/.test(failure.stderr)) throw failure;
    }
  }
}

function repositoryOf(tag: string): string {
  return tag.slice(0, tag.lastIndexOf(':'));
}
