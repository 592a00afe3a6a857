// Whether the disk space of a sandbox can be limited: that takes a loop device and root.
import { isProgram } from '../system-packages.mjs';
import type { ProbeContext, ProbeLine } from './probe.ts';

const name = 'disk limit';

export async function probeDiskLimit({ host }: ProbeContext): Promise<ProbeLine> {
  if (host.canLoopMount && isProgram('mkfs.ext4'))
    return { name, state: 'ok', found: 'a loop-mounted file for each session' };
  const found = 'not enforced: a lab can fill the disk of this host';
  if (host.rootless) return { name, state: 'warn', found, mend: 'sudo npm start' };
  return { name, state: 'warn', found: `${found} (no loop devices)`, mend: 'modprobe loop' };
}
