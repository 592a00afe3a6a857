// OCI runtime and cgroup mode: which runtime fits this host, and whether every limit can be enforced.
import { installCommand, sandboxPackages } from '../system-packages.mjs';
import type { ProbeContext, ProbeLine } from './probe.ts';

const name = 'runtime';

export async function probeRuntime({ host }: ProbeContext): Promise<ProbeLine> {
  const where = `${host.runtime}, cgroups ${host.cgroupMode}, ${host.rootless ? 'ordinary user' : 'root'}`;
  if (!host.runtimePresent) {
    const runtime = sandboxPackages.filter((item) => item.anyOf.includes(host.runtime));
    return { name, state: 'fail', found: `${where}: ${host.runtime} is missing`, mend: installCommand(runtime) };
  }
  const lost = host.unenforced.filter((limit) => limit !== 'disk');
  if (lost.length === 0) return { name, state: 'ok', found: where };
  return {
    name,
    state: 'warn',
    found: `${where}: ${lost.join(', ')} cannot be limited; a lab can use everything that the host has`,
    ...(host.rootless && host.cgroupMode !== 'v2'
      ? { mend: 'sudo npm start, or boot with systemd.unified_cgroup_hierarchy=1' }
      : {}),
  };
}
