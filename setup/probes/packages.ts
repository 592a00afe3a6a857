// Which of the programs that the product needs are missing, apart from podman.
import { installCommand, missingPackages, sandboxPackages, type SystemPackage } from '../system-packages.mjs';
import type { ProbeLine } from './probe.ts';

export async function probePackages(packages: SystemPackage[] = sandboxPackages): Promise<ProbeLine> {
  const missing = missingPackages(packages);
  if (missing.length === 0) return { name: 'system packages', state: 'ok', found: 'all installed' };
  const reasons = missing.map((item) => `${item.apt} (to ${item.why})`);
  return {
    name: 'system packages',
    state: 'fail',
    found: `missing: ${reasons.join(', ')}`,
    mend: installCommand(missing),
  };
}
