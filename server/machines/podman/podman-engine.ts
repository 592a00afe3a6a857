// The engine that uses this host's podman: passes each call to the part that does the work. open-podman.ts makes the parts.
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { LabError } from '../../errors.ts';
import type {
  Engine,
  ExecRequest,
  ExecResult,
  LabMachines,
  SandboxSpec,
  SandboxState,
  TerminalCommand,
  TerminalSocket,
  Unenforced,
} from '../engine.ts';
import type { Progress, VmView } from '../../protocol/messages.ts';
import { checkCapacity } from '../vm/capacity.ts';
import { execInGuest } from '../vm/guest-program.ts';
import { diskDir, socketPath } from '../vm/vm-place.ts';
import {
  containerShell,
  execInContainer,
  hangUpRequest,
  terminalCommand,
  terminalEnvironment,
} from './container-programs.ts';
import { readHostFacts } from './host-facts.ts';
import { freeIdRange } from './id-slots.ts';
import { hasTemplate } from './lab-templates.ts';
import { containerName } from './machine-flags.ts';
import { openPodman, sandboxDirOf, type OpenedPodman } from './open-podman.ts';
import { SandboxContainers } from './sandbox-containers.ts';
import { noteStorageUser, storageUsers } from './storage-users.ts';
import { beginning, type SavedState } from './sandbox-states.ts';
import { removeDisk } from './session-disk.ts';
import { versionsIn, vmImage } from './vm-host.ts';
import { loginCommand } from './vm-login.ts';

export interface PodmanEngineOptions {
  stateDir: string;
  storageDir: string;
}

/** Disposing it releases the monitors of running machines, which accept one server at a time; the machines keep running. */
export function createPodmanEngine(options: PodmanEngineOptions): Engine & Disposable {
  return new PodmanEngine(options);
}

class PodmanEngine implements Engine, Disposable {
  readonly name = 'podman';
  unenforced: Unenforced[] = [];
  readonly #stateDir: string;
  readonly #storageDir: string;
  readonly #instance: string;
  #opened: OpenedPodman | undefined;
  #leave: (() => Promise<void>) | undefined;
  #onVmChange: (sandboxId: string) => void = () => undefined;

  constructor({ stateDir, storageDir }: PodmanEngineOptions) {
    this.#stateDir = stateDir;
    this.#storageDir = storageDir;
    this.#instance = instanceOf(stateDir);
  }

  async open(): Promise<string | undefined> {
    const host = await readHostFacts();
    this.unenforced = host.unenforced;
    const opened = await openPodman({
      storageDir: this.#storageDir,
      stateDir: this.#stateDir,
      instance: this.#instance,
      host,
      sandboxDir: (id) => this.#sandboxDir(id),
      onVmChange: (id) => this.#onVmChange(id),
      stop: (id) => this.stop(id),
    });
    if (typeof opened === 'string') return opened;
    this.#opened = opened;
    // The query removes the notes of processes that are gone.
    await storageUsers(this.#storageDir);
    this.#leave ??= await noteStorageUser(this.#storageDir, this.#stateDir);
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#opened?.vms[Symbol.dispose]();
    // If the note stays, it belongs to a process that has ended, and no server trusts it.
    this.#leave?.().catch(() => undefined);
    this.#leave = undefined;
  }

  async prepareImage(...args: Parameters<Engine['prepareImage']>): Promise<void> {
    await this.#ready().images.prepareImage(...args);
  }

  imageDigest(image: string): Promise<string | undefined> {
    return this.#ready().images.imageDigest(image);
  }

  async versions({ machines }: LabMachines): Promise<Record<string, string>> {
    const { host, vmHost } = this.#ready();
    const { podmanVersion, runtime, runtimeVersion } = host;
    const tag = machines.some(({ type }) => type === 'vm') ? await vmHost.tag() : undefined;
    return {
      ...(podmanVersion === undefined ? {} : { podman: podmanVersion }),
      ...(runtimeVersion === undefined ? {} : { [runtime]: runtimeVersion }),
      ...(tag === undefined ? {} : versionsIn(await vmHost.versions(tag))),
    };
  }

  async prepare(lab: LabMachines, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<void> {
    const { images, diskImages, states, templates, host } = this.#ready();
    checkCapacity(lab.lab, lab.machines, { memoryMiB: host.memoryMiB, cpus: availableParallelism() });
    for (const machine of lab.machines) {
      await images.prepareImage(machine.type === 'vm' ? vmImage : machine.image, onProgress, signal);
      const disks = machine.type === 'vm' ? machine.disks : [];
      for (const { image } of disks) {
        if (image !== undefined) await diskImages.prepareDiskImage(image, onProgress, signal);
      }
    }
    if (hasTemplate(lab)) await templates.prepare(lab, onProgress, signal);
    else await states.clean(lab);
    // After the states: those of other images are gone now and no longer need their disks.
    if (lab.machines.some(({ type }) => type === 'vm')) await diskImages.removeOld(await states.neededDisks());
  }

  async start(spec: SandboxSpec, signal: AbortSignal): Promise<void> {
    let state: SavedState | undefined;
    try {
      state = await this.#stateOf(spec);
      await this.#ready().starter.start(spec, state, signal);
    } catch (failure) {
      // What cannot be removed now is left for the reaper; the reader wants to know why the start failed.
      await this.stop(spec.id).catch(() => undefined);
      throw await this.#startError(state, failure, signal);
    }
  }

  /** LAB_ERR_IMAGE when the lab has to be prepared again before it can be started. */
  async #startError(state: SavedState | undefined, failure: unknown, signal: AbortSignal): Promise<LabError> {
    if (failure instanceof LabError && failure.code === 'LAB_ERR_IMAGE') return failure;
    const isBlamed = state !== undefined && !signal.aborted;
    const blamed = isBlamed
      ? await this.#ready()
          .states.blame(state, failure)
          .catch(() => undefined)
      : undefined;
    if (blamed !== undefined) return blamed;
    const message = failure instanceof Error ? failure.message : String(failure);
    return new LabError('LAB_ERR_START', `the sandbox could not be started: ${message}`, failure);
  }

  /** The named state; otherwise, for virtual machines that sessions find booted, the lab's beginning. */
  async #stateOf(spec: SandboxSpec): Promise<SavedState | undefined> {
    const { states } = this.#ready();
    if (spec.from !== undefined) return states.need(spec, spec.from);
    return hasTemplate(spec) ? states.need(spec, beginning) : undefined;
  }

  async states(lab: LabMachines): Promise<string[]> {
    const names = (await this.#ready().states.list(lab)).map(({ record }) => record.name);
    return names.filter((name) => name !== beginning).toSorted();
  }

  async saveState(sandboxId: string, lab: LabMachines, name: string, key: string): Promise<void> {
    const request = { sandboxId, lab, machines: lab.machines, name, key };
    await this.#ready().saver.save(request, new AbortController().signal);
  }

  async stateKey(lab: LabMachines, name: string): Promise<string | undefined> {
    return (await this.#ready().states.find(lab, name))?.record.key;
  }

  acceleration(): 'kvm' | 'emulation' | undefined {
    return this.#opened?.vmHost.acceleration;
  }

  vms(sandboxId: string): Record<string, VmView> {
    return this.#opened?.vms.views(sandboxId) ?? {};
  }

  onVmChange(listener: (sandboxId: string) => void): void {
    this.#onVmChange = listener;
  }

  async power(...args: Parameters<Engine['power']>): Promise<void> {
    await this.#ready().vms.power(...args);
  }

  async tamper(...args: Parameters<Engine['tamper']>): Promise<void> {
    await this.#ready().vms.tamper(...args);
  }

  async touchSecurityKey(sandboxId: string, machine: string): Promise<void> {
    await this.#ready().vms.touchSecurityKey(sandboxId, machine);
  }

  async readWindow(sandboxId: string, machine: string): Promise<void> {
    await this.#ready().vms.readWindow(sandboxId, machine);
  }

  async openScreen(sandboxId: string, machine: string): Promise<Duplex> {
    return this.#ready().vms.openScreen(sandboxId, machine);
  }

  serialConsole(sandboxId: string, machine: string): TerminalSocket {
    // Throws for a container.
    this.#ready().vms.machine(sandboxId, machine);
    return { socket: socketPath(diskDir(this.#sandboxDir(sandboxId)), machine, 'serial'), wake: '\r' };
  }

  async resizeSerial(sandboxId: string, machine: string, columns: number, rows: number): Promise<void> {
    const { vms } = this.#ready();
    if (!vms.has(sandboxId, machine)) return;
    await vms.machine(sandboxId, machine).resizeConsole(columns, rows);
  }

  terminalCommand(sandboxId: string, machine: string, terminal?: number): TerminalCommand {
    const { podman, vms } = this.#ready();
    const environment = terminalEnvironment(terminal);
    const isVm = vms.has(sandboxId, machine);
    const argv = isVm ? loginCommand(vms.index(sandboxId, machine), environment) : containerShell;
    return terminalCommand(podman, containerName(this.#instance, sandboxId, machine), environment, argv);
  }

  async endTerminal(sandboxId: string, machine: string, terminal: number): Promise<void> {
    await this.exec(sandboxId, hangUpRequest(machine, terminal));
  }

  async exec(sandboxId: string, request: ExecRequest): Promise<ExecResult> {
    const { podman, vms } = this.#ready();
    const { machine } = request;
    if (vms.has(sandboxId, machine)) return execInGuest(vms.machine(sandboxId, machine).agent, request);
    return execInContainer(podman, containerName(this.#instance, sandboxId, machine), request);
  }

  async status(sandboxId: string): Promise<SandboxState> {
    const rows = await this.#ready().containers.of(sandboxId);
    if (rows.length === 0) return 'absent';
    return SandboxContainers.areRunning(rows) ? 'running' : 'stopped';
  }

  async running(): Promise<ReadonlySet<string>> {
    return this.#ready().containers.running();
  }

  async findAgain(sandboxId: string): Promise<void> {
    await this.#ready().vms.findAgain(sandboxId);
  }

  async stop(sandboxId: string): Promise<void> {
    const { podman, vms, containers } = this.#ready();
    vms.forget(sandboxId);
    await containers.remove(sandboxId);
    await removeDisk(podman, this.#sandboxDir(sandboxId));
    await freeIdRange(this.#storageDir, sandboxId);
  }

  async list(): Promise<string[]> {
    const { containers, templates } = this.#ready();
    const ids = await containers.sandboxIds();
    const dirs = await readdir(join(this.#stateDir, 'sessions')).catch((failure: NodeJS.ErrnoException) => {
      if (failure.code === 'ENOENT') return [];
      throw failure;
    });
    // A machine that is being booted for a template belongs to no session, but must not be reaped.
    return [...new Set([...ids, ...dirs])].filter((id) => !templates.isMaking(id));
  }

  #sandboxDir(sandboxId: string): string {
    return sandboxDirOf(this.#stateDir, sandboxId);
  }

  #ready(): OpenedPodman {
    if (this.#opened === undefined)
      throw new LabError('LAB_ERR_NO_ENGINE', 'podman has not been opened; run npm run doctor');
    return this.#opened;
  }
}

/** Short name of a server, which distinguishes containers of different state directories in one storage. */
function instanceOf(stateDir: string): string {
  return createHash('sha256').update(stateDir).digest('hex').slice(0, 8);
}
