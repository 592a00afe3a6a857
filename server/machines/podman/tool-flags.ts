// The flags of `podman run` for one short program in an image. Machines' flags are in machine-flags.ts.
import type { HostFacts } from './host-facts.ts';
import { openFilesArgs } from './limit-flags.ts';

/** A program in a container of an image, without access to anything of the host. */
export function toolRunArgs(host: HostFacts, image: string, argv: string[]): string[] {
  return [
    'run',
    '--rm',
    '--network',
    'none',
    '--read-only',
    '--log-driver',
    'none',
    '--pids-limit',
    '0',
    ...openFilesArgs(host),
    '--ulimit',
    'nproc=256:256',
    image,
    ...argv,
  ];
}
