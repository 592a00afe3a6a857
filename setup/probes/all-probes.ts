// All probes, in the order in which a person would fix what they find.
import type { LabServerConfig } from '../../server/config.ts';
import { readHostFacts } from '../../server/machines/podman/host-facts.ts';
import { probeContainer } from './container.ts';
import { probeDiskLimit } from './disk-limit.ts';
import { probeDisk } from './disk.ts';
import { probeFileLimits } from './file-limits.ts';
import { probeKvm } from './kvm.ts';
import { probeMemory } from './memory.ts';
import { probeNode } from './node.ts';
import { probePackages } from './packages.ts';
import { probePort } from './port.ts';
import type { Probe, ProbeLine } from './probe.ts';
import { probeProcessorWeight } from './processor-weight.ts';
import { probeRuntime } from './runtime.ts';
import { probeUserNamespaces } from './user-namespaces.ts';

/** What `npm start` and `npm test` run: everything that takes less than a second, except the port. */
export const startProbes: Probe[] = [
  () => probeNode(),
  () => probePackages(),
  probeRuntime,
  probeContainer,
  probeFileLimits,
  probeUserNamespaces,
  probeDiskLimit,
  probeMemory,
  probeDisk,
];

/** What `npm run doctor` runs: also KVM, which may take its whole time limit. */
export const doctorProbes: Probe[] = [...startProbes, (context) => probeProcessorWeight(context), probePort, probeKvm];

/** A probe that throws becomes a line as well, so that the others still report. */
export async function runProbes(probes: Probe[], config: LabServerConfig): Promise<ProbeLine[]> {
  const host = await readHostFacts();
  const lines = await Promise.all(
    probes.map(async (probe) => {
      try {
        return await probe({ config, host });
      } catch (failure) {
        const found = `the probe failed: ${failure instanceof Error ? failure.message : String(failure)}`;
        return { name: probe.name === '' ? 'a probe' : probe.name, state: 'fail' as const, found };
      }
    }),
  );
  return lines.filter((line) => line !== undefined);
}
