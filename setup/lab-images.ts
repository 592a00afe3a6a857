// Prepares all labs ahead of time, with progress: images, disks, templates. Does what the server does in the background.
import { readLabs } from '../labs/read-lab.ts';
import type { LabServerConfig } from '../server/config.ts';
import { createPodmanEngine } from '../server/machines/podman/podman-engine.ts';
import { labMachines } from '../server/sessions/lab-machines.ts';
import { progressLine } from './progress-line.ts';

/**
 * @returns undefined when all labs are ready, otherwise one sentence: why this host cannot have them
 * @throws {LabError} LAB_ERR_IMAGE when a build failed, LAB_ERR_LAB_FILE when a machine is too large for this host
 */
export async function prepareAllLabs(
  config: LabServerConfig,
  say: (line: string) => void,
): Promise<string | undefined> {
  const engine = createPodmanEngine({ stateDir: config.stateDir, storageDir: config.storageDir });
  const missing = await engine.open();
  if (missing !== undefined) return missing;
  for (const lab of readLabs(config.labsDir).labs) {
    let said = '';
    await engine.prepare(
      labMachines(lab),
      (progress) => {
        const line = progressLine(lab.id, progress);
        if (line !== said) say((said = line));
      },
      new AbortController().signal,
    );
  }
  return undefined;
}
