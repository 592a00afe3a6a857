// One `podman build`, as all images are built: without OCI runtime, layers or leftovers. The callers decide what is built.
import { readFile } from 'node:fs/promises';
import { runBuildCommand, type BuildCommand } from './build-command.ts';
import type { Podman } from './podman-command.ts';

export interface PodmanBuildOptions extends Omit<BuildCommand, 'file' | 'args'> {
  podman: Podman;
  /** Folder with the Containerfile. */
  context: string;
  /** In addition to those of every build: tag, build arguments, volumes. */
  args: readonly string[];
}

/** Runs it to its end. @throws {LabError} LAB_ERR_IMAGE; the signal's reason when aborted */
export async function podmanBuild({ podman, context, args, ...command }: PodmanBuildOptions): Promise<void> {
  await runBuildCommand({
    ...command,
    file: 'podman',
    args: [
      ...podman.globalArgs(),
      'build',
      ...(await openFilesArgs()),
      // The OCI runtime is not used: it may refuse the host's cgroups or limits, and a build needs neither.
      '--isolation',
      'chroot',
      // The build reaches the mirror through the host's network.
      '--network',
      'host',
      '--layers=false',
      '--force-rm',
      ...args,
      context,
    ],
  });
}

/** podman would raise the limit to a million, which a process without CAP_SYS_RESOURCE is not allowed to do. */
async function openFilesArgs(): Promise<string[]> {
  const line = /^Max open files\s+\S+\s+(\d+)/m.exec(await readFile('/proc/self/limits', 'utf8'));
  return line === null ? [] : ['--ulimit', `nofile=${line[1]}:${line[1]}`];
}
