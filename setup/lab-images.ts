// Builds the images of all labs ahead of time, with progress: what the server does in the background, done at once.
import { readLabs } from '../labs/read-lab.ts';
import type { LabServerConfig } from '../server/config.ts';
import { createPodmanEngine } from '../server/machines/podman/podman-engine.ts';
import { progressLine } from './progress-line.ts';

/**
 * @returns undefined when all images are there, else one sentence: why this host cannot have them
 * @throws {LabError} LAB_ERR_IMAGE when a build failed
 */
export async function prepareAllImages(
  config: LabServerConfig,
  say: (line: string) => void,
): Promise<string | undefined> {
  const engine = createPodmanEngine({ stateDir: config.stateDir, storageDir: config.storageDir });
  const missing = await engine.open();
  if (missing !== undefined) return missing;
  const { labs } = readLabs(config.labsDir);
  const images = new Set(labs.flatMap((lab) => lab.file.machines.map((machine) => machine.image)));
  for (const image of images) {
    let said = '';
    await engine.prepareImage(
      image,
      (progress) => {
        const line = progressLine(image, progress);
        if (line !== said) say((said = line));
      },
      new AbortController().signal,
    );
  }
  return undefined;
}
