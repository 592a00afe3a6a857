// A virtual machine's part of a saved state, copied from its container into a folder on this host.
import { join } from 'node:path';
import { saveScript, type SavedMachine } from '../vm/saved-machine.ts';
import { makeFolder } from '../../closed-files.ts';
import { startProgram } from '../../start-program.ts';
import { podmanWorkDir, type Podman } from './podman-command.ts';

/** Some hundred megabytes of memory and disk; a slow disk may need ten times the usual ten seconds. */
const packTimeoutMs = 5 * 60_000;

export interface VmPack {
  podman: Podman;
  container: string;
  machine: string;
  /** Folder of the state that is being filled. */
  dir: string;
  saved: SavedMachine;
  /** Path of each disk's image in the container, undefined for a disk that began blank. */
  bases: (string | undefined)[];
}

/**
 * To be called while the machine is paused, after its devices' state has been written.
 * @throws {Error} with the last message of the container's tools, for example that a disk is full
 */
export async function packMachine({ podman, container, machine, dir, saved, bases }: VmPack): Promise<void> {
  const target = join(dir, machine);
  await makeFolder(target, 0o755);
  const common = { cwd: podmanWorkDir(podman.place), timeout: packTimeoutMs, forceKillAfterDelay: 2_000 } as const;
  const script = saveScript(machine, bases, saved);
  await startProgram('podman', [...podman.globalArgs(), 'exec', container, 'sh', '-c', script], {
    ...common,
    stdin: 'ignore',
    buffer: { stdout: false },
  }).pipe('tar', ['--extract', '--sparse', '--no-same-owner', '--same-permissions', '--directory', target], common);
}
