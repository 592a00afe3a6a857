// Starts all machines of a sandbox, with their own disk and ids. The engine removes a sandbox, even after a failure.
import { dirname, join } from 'node:path';
import type { ContainerSpec, MachineSpec, SandboxSpec, VmSpec } from '../engine.ts';
import { diskFoldersOf, type DiskImages } from '../vm/disk-images.ts';
import { savedMachineFile } from '../vm/saved-machine.ts';
import { closeMachine } from './closed-folders.ts';
import { untilUnpacked } from './container-state.ts';
import type { HostFacts } from './host-facts.ts';
import { reserveIdRange } from './id-slots.ts';
import type { ImageBuilder } from './image-builder.ts';
import { lockRoot } from './locked-root.ts';
import { containerName, hasDisk, machineRunArgs, type MachinePlace } from './machine-flags.ts';
import type { Podman } from './podman-command.ts';
import { runRoot } from './run-root.ts';
import type { SavedState } from './sandbox-states.ts';
import { makeDisk } from './session-disk.ts';
import { copyFiles } from './session-files.ts';
import { vmImage, type VmHost } from './vm-host.ts';
import type { VmSandboxes } from './vm-sandboxes.ts';

/** A container starts in 0.1 to 0.5 s; a host under full load was seen at 8 s. */
const startTimeoutMs = 60_000;
/** For the file system itself, and for the state of devices and firmware. */
const savingSpareMiB = 256;

export interface SandboxStarterOptions {
  storageDir: string;
  /** This server's; each container has it as a label, for a server that finds the container after the directory is gone. */
  stateDir: string;
  instance: string;
  podman: Podman;
  sandboxDir: (sandboxId: string) => string;
  host: HostFacts;
  images: ImageBuilder;
  diskImages: DiskImages;
  vms: VmSandboxes;
  vmHost: VmHost;
  /** Path of the sandboxes' seccomp profile; absent: podman's default. */
  seccompProfile?: string;
}

export class SandboxStarter {
  readonly #options: SandboxStarterOptions;

  constructor(options: SandboxStarterOptions) {
    this.#options = options;
  }

  /**
   * Starts the machines and waits until readers may use them; after a failure none is still being started, and those that
   * were started exist.
   * @param state what the machines start from; undefined: they start empty or cold
   * @param machines the machines of the sandbox to start, each at its place among all; absent: all
   */
  async start(
    spec: SandboxSpec,
    state: SavedState | undefined,
    signal: AbortSignal,
    machines: readonly MachineSpec[] = spec.machines,
  ): Promise<void> {
    const { instance, sandboxDir } = this.#options;
    const place = await this.#place(spec, state, machines);
    const starting: Promise<unknown>[] = [];
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    try {
      for (const machine of machines) {
        const pidFile = join(sandboxDir(spec.id), `${machine.name}.pid`);
        const here = { ...place, pidFile };
        if (machine.type === 'container') await this.#startContainer(machine, here, either);
        else starting.push(...(await this.#startVm(spec, machine, here, either)));
        place.segmentOf ??= containerName(instance, spec.id, machine.name);
      }
      await Promise.all(starting);
    } catch (failure) {
      // The caller removes the sandbox next, and no machine may still be starting then.
      failed.abort(failure);
      await Promise.allSettled(starting);
      throw failure;
    }
  }

  /** Makes what the machines of a sandbox share: ids, disk, a copy of the lab's files. */
  async #place(
    spec: SandboxSpec,
    state: SavedState | undefined,
    machines: readonly MachineSpec[],
  ): Promise<MachinePlace> {
    const { storageDir, stateDir, instance, podman, sandboxDir, host, seccompProfile } = this.#options;
    const ids = await reserveIdRange(storageDir, spec.id);
    const disk = await makeDisk(podman, {
      dir: sandboxDir(spec.id),
      sizeMiB: spec.diskMiB + (spec.isForSaving === true ? savingMiB(machines, spec.diskMiB) : 0),
      ownerId: ids.hostId,
      useLoop: host.canLoopMount,
    });
    return {
      instance,
      stateDir,
      machineCount: machines.length,
      diskFolders: await diskFoldersOf(machines, this.#options.diskImages),
      sandboxId: spec.id,
      lab: spec.lab,
      disk,
      host,
      ids,
      ...(spec.filesDir === undefined ? {} : { filesDir: await this.#offer(spec.filesDir, spec.id) }),
      ...(seccompProfile === undefined ? {} : { seccompProfile }),
      ...(state === undefined ? {} : { state }),
    };
  }

  async #startContainer(machine: ContainerSpec, place: MachinePlace, signal: AbortSignal): Promise<void> {
    const { podman, images, instance } = this.#options;
    const image = await images.reference(machine.image);
    if (image === undefined) throw new Error(`image ${machine.image} has not been built`);
    const id = await podman.run(machineRunArgs(machine, image, place), { timeoutMs: startTimeoutMs, signal });
    await this.#lock(id, place);
    const container = containerName(instance, place.sandboxId, machine.name);
    if (hasDisk(place.state, machine.name)) await untilUnpacked(podman, container, signal);
  }

  /** @returns as soon as the next machine may be started; the result is a promise that this one is ready */
  async #startVm(
    sandbox: SandboxSpec,
    machine: VmSpec,
    place: MachinePlace,
    signal: AbortSignal,
  ): Promise<[Promise<unknown>]> {
    const { vms, vmHost } = this.#options;
    const tag = await vmHost.tag();
    if (tag === undefined) throw new Error(`image ${vmImage} has not been built`);
    const acceleration = await vmHost.accelerate(tag);
    const state = place.state !== undefined && hasMachine(place.state, machine.name) ? { state: place.state } : {};
    const there = Promise.withResolvers<void>();
    const onContainer = async (id: string) => {
      await this.#lock(id, place);
      there.resolve();
    };
    const ready = vms.start({ sandbox, machine, place, acceleration, image: tag, onContainer, ...state }, signal);
    ready.catch(there.reject);
    await there.promise;
    // In an array, because `await` does not wait for promises inside it.
    return [ready];
  }

  /**
   * Once a machine has been started, nobody needs the path to its root any more. An ordinary user may not change the mount,
   * has no disk limit to enforce, and mounts the root where no other user sees it.
   * @param id as podman has printed it
   */
  async #lock(id: string, { pidFile, host }: MachinePlace): Promise<void> {
    if (host.rootless || pidFile === undefined) return;
    const { storageDir } = this.#options;
    const root = join(storageDir, 'root');
    const mounted = await lockRoot(pidFile, root);
    const own = join('overlay-containers', id.trim());
    await closeMachine([dirname(mounted), join(root, own), join(runRoot(storageDir), own)]);
  }

  async #offer(filesDir: string, sandboxId: string): Promise<string> {
    const copy = join(this.#options.sandboxDir(sandboxId), 'files');
    await copyFiles(filesDir, copy);
    return copy;
  }
}

function hasMachine({ record }: SavedState, machine: string): boolean {
  return `${machine}/${savedMachineFile}` in record.files;
}

/** For memory files, and for copies of disks while they are saved; the disk file is sparse. */
function savingMiB(machines: readonly MachineSpec[], diskMiB: number): number {
  const memory = machines.reduce((sum, machine) => sum + (machine.type === 'vm' ? machine.memoryMiB : 0), 0);
  return memory + diskMiB + savingSpareMiB;
}
