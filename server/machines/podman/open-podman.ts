// Finds out whether podman can start sandboxes on this host, and makes the parts that do the work for podman-engine.ts. Starts none.
import { join } from 'node:path';
import { createDiskImages, type DiskImages } from '../vm/disk-images.ts';
import { closeFiles } from '../../closed-files.ts';
import { closeStorage } from './closed-folders.ts';
import type { HostFacts } from './host-facts.ts';
import { freeIdRange } from './id-slots.ts';
import { createImageBuilder, type ImageBuilder } from './image-builder.ts';
import { LabStates } from './lab-states.ts';
import { LabTemplates } from './lab-templates.ts';
import { madeOf } from './made-of.ts';
import { createPodman, type Podman } from './podman-command.ts';
import { SandboxContainers } from './sandbox-containers.ts';
import { SandboxSaver } from './sandbox-saver.ts';
import { SandboxStarter } from './sandbox-starter.ts';
import { removeDisk } from './session-disk.ts';
import { writeSeccompProfile } from './seccomp-profile.ts';
import { VmHost } from './vm-host.ts';
import { VmSandboxes } from './vm-sandboxes.ts';

const infoTimeoutMs = 15_000;

export interface OpenOptions {
  storageDir: string;
  stateDir: string;
  /** Short name of this server. */
  instance: string;
  host: HostFacts;
  sandboxDir: (sandboxId: string) => string;
  onVmChange: (sandboxId: string) => void;
  /** As Engine.stop. */
  stop: (sandboxId: string) => Promise<void>;
}

/** What an engine has once it is open. */
export interface OpenedPodman {
  host: HostFacts;
  podman: Podman;
  images: ImageBuilder;
  diskImages: DiskImages;
  vmHost: VmHost;
  vms: VmSandboxes;
  states: LabStates;
  containers: SandboxContainers;
  starter: SandboxStarter;
  saver: SandboxSaver;
  templates: LabTemplates;
}

/** @returns the parts, or one sentence: what is missing and the command that fixes it. Never throws. */
export async function openPodman(options: OpenOptions): Promise<OpenedPodman | string> {
  const { storageDir, host } = options;
  const missing = whatIsMissing(host);
  if (missing !== undefined) return missing;
  try {
    await closeStorage(storageDir);
  } catch (failure) {
    return `the storage directory ${storageDir} cannot be made (${(failure as Error).message}); make it, writable for this user, or choose another with --storage-dir`;
  }
  const podman = createPodman({ storageDir, runtime: host.runtime });
  let seccompProfile: string | undefined;
  try {
    const format = '{{.Host.Security.SECCOMPProfilePath}}';
    const source = await podman.run(['info', '--format', format], { timeoutMs: infoTimeoutMs });
    seccompProfile = await writeSeccompProfile(source.trim(), storageDir);
    // The first podman call on a storage has just made its files.
    await closeFiles(join(storageDir, 'root'));
  } catch (failure) {
    return `${(failure as Error).message}; run npm run doctor to see what this host lacks`;
  }
  const opened = assemble(options, podman, seccompProfile);
  await removeOrphans(opened, storageDir);
  return opened;
}

/**
 * Ends what was left by servers whose state directory is gone. Never throws: the leftovers are another server's, and the next
 * start tries again.
 */
async function removeOrphans({ podman, containers }: OpenedPodman, storageDir: string): Promise<void> {
  try {
    for (const { stateDir, sandboxId, containers: ids } of await containers.orphans()) {
      await containers.removeContainers(ids);
      await removeDisk(podman, sandboxDirOf(stateDir, sandboxId));
      await freeIdRange(storageDir, sandboxId);
    }
  } catch {
    // Another server is removing the same ones, or podman is busy.
  }
}

/** Folder of a sandbox: its disk, its machines' launch files. */
export function sandboxDirOf(stateDir: string, sandboxId: string): string {
  return join(stateDir, 'sessions', sandboxId);
}

function assemble(options: OpenOptions, podman: Podman, seccompProfile: string | undefined): OpenedPodman {
  const { storageDir, stateDir, instance, host, sandboxDir, onVmChange, stop } = options;
  const place = { storageDir, instance, podman, sandboxDir };
  const images = createImageBuilder({ storageDir, podman });
  const diskImages = createDiskImages({ storageDir, podman, builder: images });
  const vmHost = new VmHost({ storageDir, podman, host, images });
  const vms = new VmSandboxes({ ...place, diskImages, onChange: onVmChange });
  const states = new LabStates({
    storageDir,
    podman,
    madeOf: (machine) => madeOf({ images, diskImages, vmHost }, machine),
  });
  const profile = seccompProfile === undefined ? {} : { seccompProfile };
  const starter = new SandboxStarter({ ...place, stateDir, host, images, diskImages, vms, vmHost, ...profile });
  const saver = new SandboxSaver({ instance, podman, states, vms, diskImages });
  return {
    host,
    podman,
    images,
    diskImages,
    vmHost,
    vms,
    states,
    containers: new SandboxContainers(podman, instance),
    starter,
    saver,
    templates: new LabTemplates({ states, vms, diskImages, starter, saver, stop }),
  };
}

function whatIsMissing(host: HostFacts): string | undefined {
  const install = (names: string) => `install it: apt-get install ${names} (Debian) or dnf install ${names} (Fedora)`;
  if (host.podmanVersion === undefined) return `podman is not installed; ${install('podman')}`;
  if (!host.runtimePresent) {
    return `found no OCI runtime for this host's cgroups (${host.cgroupMode}), expected ${host.runtime}; ${install(host.runtime)}`;
  }
  return undefined;
}
