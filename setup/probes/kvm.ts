// Tries KVM as machines will use it: with a tiny guest in their own kind of container. Until the image of that container
// exists, nothing is known.
import { existsSync } from 'node:fs';
import { createImageBuilder } from '../../server/machines/podman/image-builder.ts';
import { createPodman } from '../../server/machines/podman/podman-command.ts';
import { probeAcceleration, type Acceleration } from '../../server/machines/vm/kvm-probe.ts';
import type { ProbeContext, ProbeLine } from './probe.ts';

const name = 'KVM';
/** The image around virtual machines, by its name under labs/images/. */
const image = 'vm-host';

export async function probeKvm({ config: { storageDir }, host }: ProbeContext): Promise<ProbeLine> {
  if (!existsSync('/dev/kvm')) return kvmLine({ kind: 'emulation', reason: 'there is no /dev/kvm' });
  if (host.podmanVersion === undefined || !host.runtimePresent) return unknownLine();
  const podman = createPodman({ storageDir, runtime: host.runtime });
  const tag = await createImageBuilder({ storageDir, podman }).reference(image);
  if (tag === undefined) return unknownLine();
  return kvmLine(await probeAcceleration({ storageDir, podman, image: tag }));
}

/** Pure: the verdict → the line. Emulation is slower, and all lessons work with it. */
export function kvmLine({ kind, reason }: Acceleration): ProbeLine {
  if (kind === 'kvm') return { name, state: 'ok', found: reason };
  return { name, state: 'warn', found: `software emulation will be used (${reason})` };
}

function unknownLine(): ProbeLine {
  const found = `/dev/kvm is there; whether it runs a guest is known when the image ${image} has been built (npm start)`;
  return { name, state: 'ok', found };
}
