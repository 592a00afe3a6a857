// The file of figures that the site shows: what was measured, on which machine, when, and how.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import path from 'node:path';
import { readHostFacts } from '../server/machines/podman/host-facts.ts';
import { createImageBuilder } from '../server/machines/podman/image-builder.ts';
import { createPodman } from '../server/machines/podman/podman-command.ts';
import { probeAcceleration } from '../server/machines/vm/kvm-probe.ts';
import { figuresFile, type Figures } from '../src/page-schemas/figures.ts';
import { projectRoot } from '../tests/lessons/built-lessons.ts';

/** To be called before the measurement, so that its own load does not count. */
export async function readMachine(): Promise<Figures['machine']> {
  return {
    processor: cpus()[0]?.model.trim() ?? '',
    processors: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? '',
    // Only the version number: what a vendor appends says nothing about speed.
    kernel: /^[\d.]+/.exec(release())?.[0] ?? release(),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

/** How virtual machines run here, and why. @throws {Error} before the image around them has been built */
export async function readAcceleration(storageDir: string): Promise<Figures['acceleration']> {
  const { runtime } = await readHostFacts();
  const podman = createPodman({ storageDir, runtime });
  const image = await createImageBuilder({ storageDir, podman }).reference('vm-host');
  if (image === undefined) throw new Error('the image vm-host has not been built');
  return probeAcceleration({ storageDir, podman, image });
}

/** @returns the file's path, relative to the repository */
export async function writeFigures(figures: Figures): Promise<string> {
  const file = path.join(projectRoot, figuresFile);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(figures, null, 2)}\n`);
  return figuresFile;
}
