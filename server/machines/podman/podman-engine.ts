// Sandboxes by podman on this host: start, reach, end. Images are image-builder.ts, flags are machine-flags.ts.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { LabError } from '../../errors.ts';
import type {
  ContainerSpec,
  Engine,
  ExecRequest,
  ExecResult,
  LabMachines,
  MachineSpec,
  SandboxSpec,
  SandboxState,
  TerminalCommand,
  TerminalSocket,
  Unenforced,
  VmSpec,
} from '../engine.ts';
import type { Progress, VmView } from '../../protocol/messages.ts';
import { checkCapacity } from '../vm/capacity.ts';
import { createDiskImages, type DiskImages } from '../vm/disk-images.ts';
import { execInGuest } from '../vm/guest-program.ts';
import { probeAcceleration, type Acceleration } from '../vm/kvm-probe.ts';
import { connectSandboxSocket } from '../vm/sandbox-socket.ts';
import { deviceStateDraft, savedMachineFile } from '../vm/saved-machine.ts';
import { diskDir, socketPath } from '../vm/vm-place.ts';
import { packContainer, untilUnpacked } from './container-state.ts';
import { takeFileLock } from './file-lock.ts';
import { readHostFacts, type HostFacts } from './host-facts.ts';
import { freeIdRange, reserveIdRange } from './id-slots.ts';
import { createImageBuilder, type ImageBuilder } from './image-builder.ts';
import { LabStates } from './lab-states.ts';
import { lockRoot } from './locked-root.ts';
import { containerName, hasDisk, machineRunArgs, toolRunArgs, type MachinePlace } from './machine-flags.ts';
import { createPodman, type Captured, type Podman } from './podman-command.ts';
import { beginning, type SavedState } from './sandbox-states.ts';
import { writeSeccompProfile } from './seccomp-profile.ts';
import { makeDisk, removeDisk } from './session-disk.ts';
import { copyFiles } from './session-files.ts';
import { loginCommand } from './vm-login.ts';
import { VmSandboxes } from './vm-sandboxes.ts';
import { packMachine } from './vm-state.ts';
import { bootForTemplate } from './vm-template.ts';

export interface PodmanEngineOptions {
  stateDir: string;
  storageDir: string;
}

/** In the environment of everything that a terminal starts. */
const terminalMark = 'LAB_TERMINAL';
/** Reading the environment of some hundred processes. */
const hangUpTimeoutMs = 5_000;
/** A container starts in 0.1 to 0.5 s; a host under full load was seen at 8 s. */
const startTimeoutMs = 60_000;
/** Removal kills at once; what takes longer is a stuck mount. */
const stopTimeoutMs = 30_000;
/** Clean-up was seen to take 0.2 s on a busy host. */
const removeAttempts = 10;
const removePauseMs = 200;
const listTimeoutMs = 15_000;
/** podman's own work around an exec (0.1 s), and the kill after the time limit. */
const execGraceMs = 5_000;

/** What runs virtual machines. */
const vmImage = 'vm-host';
/** Boot and save, as progress counts them. */
const templateSteps = 2;
/** The file system's own, and state of devices and firmware. */
const savingSpareMiB = 256;

interface Opened {
  host: HostFacts;
  podman: Podman;
  images: ImageBuilder;
  diskImages: DiskImages;
  vms: VmSandboxes;
  states: LabStates;
  seccompProfile?: string;
}

/** Disposing it lets go of running machines' monitors, which take one server at a time; the machines go on. */
export function createPodmanEngine(options: PodmanEngineOptions): Engine & Disposable {
  return new PodmanEngine(options);
}

class PodmanEngine implements Engine, Disposable {
  readonly name = 'podman';
  unenforced: Unenforced[] = [];
  readonly #stateDir: string;
  readonly #storageDir: string;
  readonly #instance: string;
  #opened: Opened | undefined;
  /** Sandboxes in which templates are made. */
  readonly #making = new Set<string>();
  #acceleration: Acceleration['kind'] | undefined;
  #onVmChange: (sandboxId: string) => void = () => undefined;

  constructor({ stateDir, storageDir }: PodmanEngineOptions) {
    this.#stateDir = stateDir;
    this.#storageDir = storageDir;
    this.#instance = instanceOf(stateDir);
  }

  async open(): Promise<string | undefined> {
    const host = await readHostFacts();
    this.unenforced = host.unenforced;
    const missing = whatIsMissing(host);
    if (missing !== undefined) return missing;
    await mkdir(this.#storageDir, { recursive: true, mode: 0o711 });
    const podman = createPodman({ storageDir: this.#storageDir, runtime: host.runtime });
    let seccompProfile: string | undefined;
    try {
      const format = '{{.Host.Security.SECCOMPProfilePath}}';
      const source = await podman.run(['info', '--format', format], { timeoutMs: listTimeoutMs });
      seccompProfile = await writeSeccompProfile(source.trim(), this.#storageDir);
    } catch (failure) {
      return `${(failure as Error).message}; run npm run doctor to see what this host lacks`;
    }
    const images = createImageBuilder({ storageDir: this.#storageDir, podman });
    const storageDir = this.#storageDir;
    const diskImages = createDiskImages({ storageDir, podman, builder: images });
    const vms = new VmSandboxes({
      storageDir,
      instance: this.#instance,
      podman,
      diskImages,
      sandboxDir: (id) => this.#sandboxDir(id),
      onChange: (id) => this.#onVmChange(id),
    });
    const madeOf = (machine: MachineSpec) => this.#madeOf(machine);
    const states = new LabStates({ storageDir, podman, madeOf });
    this.#opened = { host, podman, images, diskImages, vms, states, ...(seccompProfile && { seccompProfile }) };
    return undefined;
  }

  /** What a saved state of a machine depends on. */
  async #madeOf(machine: MachineSpec): Promise<Record<string, string> | undefined> {
    const { images, diskImages } = this.#ready();
    const tag = await images.reference(machine.type === 'vm' ? vmImage : machine.image);
    if (tag === undefined) return undefined;
    if (machine.type === 'container') return { [`image:${machine.image}`]: tag };
    const parts: Record<string, string> = {
      versions: await this.#vmVersions(tag),
      acceleration: await this.#accelerate(tag),
    };
    for (const { image } of machine.disks) {
      if (image === undefined) continue;
      const found = await diskImages.diskImage(image);
      if (found === undefined) return undefined;
      parts[`disk:${image}`] = found.key;
    }
    return parts;
  }

  readonly #versions = new Map<string, string>();
  /** Of QEMU and the firmware: a state of one is no state of another. */
  async #vmVersions(tag: string): Promise<string> {
    const known = this.#versions.get(tag);
    if (known !== undefined) return known;
    const { podman, host } = this.#ready();
    const text = await podman.run(toolRunArgs(host, tag, ['cat', '/usr/lib/lab-versions']), {
      timeoutMs: startTimeoutMs,
    });
    const versions = text.trim().split('\n').join(', ');
    this.#versions.set(tag, versions);
    return versions;
  }

  async #accelerate(tag: string): Promise<Acceleration['kind']> {
    const { podman } = this.#ready();
    this.#acceleration ??= (await probeAcceleration({ storageDir: this.#storageDir, podman, image: tag })).kind;
    return this.#acceleration;
  }

  [Symbol.dispose](): void {
    this.#opened?.vms[Symbol.dispose]();
  }

  async prepareImage(...args: Parameters<Engine['prepareImage']>): Promise<void> {
    await this.#ready().images.prepareImage(...args);
  }

  imageDigest(image: string): Promise<string | undefined> {
    return this.#ready().images.imageDigest(image);
  }

  async start(spec: SandboxSpec, signal: AbortSignal): Promise<void> {
    try {
      await this.#start(spec, signal);
    } catch (failure) {
      await this.stop(spec.id);
      const message = failure instanceof Error ? failure.message : String(failure);
      throw new LabError('LAB_ERR_START', `the sandbox could not be started: ${message}`, failure);
    }
  }

  async #start(spec: SandboxSpec, signal: AbortSignal): Promise<void> {
    await this.#startFrom(spec, await this.#stateOf(spec), signal);
  }

  /** The named one; else, for virtual machines that are found booted, the lab's beginning. */
  async #stateOf(spec: SandboxSpec): Promise<SavedState | undefined> {
    const { states } = this.#ready();
    if (spec.from !== undefined) return states.need(spec, spec.from);
    return hasTemplate(spec) ? states.need(spec, beginning) : undefined;
  }

  async #startFrom(spec: SandboxSpec, state: SavedState | undefined, signal: AbortSignal): Promise<void> {
    const { host, podman, seccompProfile } = this.#ready();
    const ids = await reserveIdRange(this.#storageDir, spec.id);
    const disk = await makeDisk(podman, {
      dir: this.#sandboxDir(spec.id),
      sizeMiB: spec.diskMiB + (spec.isForSaving === true ? savingMiB(spec) : 0),
      ownerId: ids.hostId,
      useLoop: host.canLoopMount,
    });
    const place: MachinePlace = {
      instance: this.#instance,
      sandboxId: spec.id,
      lab: spec.lab,
      disk,
      host,
      ids,
      ...(spec.filesDir === undefined ? {} : { filesDir: await this.#offer(spec.filesDir, spec.id) }),
      ...(seccompProfile === undefined ? {} : { seccompProfile }),
      ...(state === undefined ? {} : { state }),
    };
    const starting: Promise<unknown>[] = [];
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    try {
      for (const machine of spec.machines) {
        const pidFile = join(this.#sandboxDir(spec.id), `${machine.name}.pid`);
        const here = { ...place, pidFile };
        if (machine.type === 'container') await this.#startContainer(machine, here, either);
        else starting.push(...(await this.#startVm(spec, machine, here, either)));
        place.segmentOf ??= containerName(this.#instance, spec.id, machine.name);
      }
      await Promise.all(starting);
    } catch (failure) {
      // Whoever removes the sandbox now must not meet a machine that is still being started.
      failed.abort(failure);
      await Promise.allSettled(starting);
      throw failure;
    }
  }

  async #startContainer(machine: ContainerSpec, place: MachinePlace, signal: AbortSignal): Promise<void> {
    const { podman, images } = this.#ready();
    const image = await images.reference(machine.image);
    if (image === undefined) throw new Error(`image ${machine.image} has not been built`);
    await podman.run(machineRunArgs(machine, image, place), { timeoutMs: startTimeoutMs, signal });
    await this.#lock(place);
    const container = containerName(this.#instance, place.sandboxId, machine.name);
    if (hasDisk(place.state, machine.name)) await untilUnpacked(podman, container, signal);
  }

  /** @returns once the next machine may be started: a promise of this one's being ready */
  async #startVm(
    sandbox: SandboxSpec,
    machine: VmSpec,
    place: MachinePlace,
    signal: AbortSignal,
  ): Promise<[Promise<unknown>]> {
    const { vms, images } = this.#ready();
    const tag = await images.reference(vmImage);
    if (tag === undefined) throw new Error(`image ${vmImage} has not been built`);
    const acceleration = await this.#accelerate(tag);
    const state = place.state !== undefined && hasMachine(place.state, machine.name) ? { state: place.state } : {};
    const there = Promise.withResolvers<void>();
    const onContainer = async () => {
      await this.#lock(place);
      there.resolve();
    };
    const ready = vms.start({ sandbox, machine, place, acceleration, image: tag, onContainer, ...state }, signal);
    ready.catch(there.reject);
    await there.promise;
    // An array keeps `await` from waiting for what is inside.
    return [ready];
  }

  /** An ordinary user may not change the mount, and has no disk limit to keep. */
  async #lock({ pidFile, host }: MachinePlace): Promise<void> {
    if (!host.rootless && pidFile !== undefined) await lockRoot(pidFile, join(this.#storageDir, 'root'));
  }

  async #offer(filesDir: string, sandboxId: string): Promise<string> {
    const copy = join(this.#sandboxDir(sandboxId), 'files');
    await copyFiles(filesDir, copy);
    return copy;
  }

  async prepare(lab: LabMachines, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<void> {
    const { images, diskImages, states, host } = this.#ready();
    checkCapacity(lab.lab, lab.machines, { memoryMiB: host.memoryMiB, cpus: availableParallelism() });
    for (const machine of lab.machines) {
      await images.prepareImage(machine.type === 'vm' ? vmImage : machine.image, onProgress, signal);
      const disks = machine.type === 'vm' ? machine.disks : [];
      for (const { image } of disks) {
        if (image !== undefined) await diskImages.prepareDiskImage(image, onProgress, signal);
      }
    }
    if (hasTemplate(lab)) await this.#prepareTemplate(lab, onProgress, signal);
    else await states.clean(lab);
  }

  /** One server makes it, the others wait and find it. */
  async #prepareTemplate(
    lab: LabMachines,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { states } = this.#ready();
    const booted = lab.machines.filter((machine) => machine.type === 'vm' && machine.boot === 'booted');
    const tell = (step: string, done: number) => {
      for (const { name } of booted) onProgress({ step: `${name}:${step}`, done, total: templateSteps });
    };
    const lock = join(states.folders.vmDir, 'states', `${lab.lab}.template.lock`);
    using _lock = await takeFileLock(lock, signal, () => tell('waiting', 0));
    const removed = await states.clean(lab);
    if ((await states.find(lab, beginning)) !== undefined) return;
    if (removed.some((folder) => /\/(\.new-)?beginning-/.test(folder))) tell('template-rebuilt', 0);
    await this.#makeTemplate(lab, (step, done) => tell(step, done), signal);
  }

  async #makeTemplate(
    lab: LabMachines,
    tell: (step: string, done: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { vms, diskImages } = this.#ready();
    const machines = lab.machines.filter((machine) => machine.type === 'vm' && machine.boot === 'booted');
    const id = `template${randomBytes(8).toString('hex')}`;
    this.#making.add(id);
    try {
      tell('boot', 0);
      await this.#startFrom({ ...lab, id, machines, isForSaving: true }, undefined, signal);
      for (const machine of machines) {
        const disk = machine.type === 'vm' ? machine.disks[0]?.image : undefined;
        const image = disk === undefined ? undefined : await diskImages.diskImage(disk);
        await bootForTemplate(vms.machine(id, machine.name), image?.passphrase, signal);
      }
      tell('save', 1);
      await this.#save(id, lab, machines, beginning, '', signal);
    } finally {
      await this.stop(id);
      this.#making.delete(id);
    }
  }

  async states(lab: LabMachines): Promise<string[]> {
    const names = (await this.#ready().states.list(lab)).map(({ record }) => record.name);
    return names.filter((name) => name !== beginning).toSorted();
  }

  async saveState(sandboxId: string, lab: LabMachines, name: string, key: string): Promise<void> {
    await this.#save(sandboxId, lab, lab.machines, name, key, new AbortController().signal);
  }

  /** @param machines those of the lab that the state is to have */
  async #save(
    id: string,
    lab: LabMachines,
    machines: readonly MachineSpec[],
    name: string,
    key: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { podman, states, vms } = this.#ready();
    const guests = machines.filter((machine) => machine.type === 'vm');
    const diskFolders = await this.#diskFolders(guests);
    const fill = async (dir: string) => {
      try {
        // All of them stand still before the first is copied: one moment for the whole session.
        for (const guest of guests) await vms.machine(id, guest.name).save(deviceStateDraft(guest.name));
        for (const machine of machines) {
          const container = containerName(this.#instance, id, machine.name);
          if (machine.type === 'container') await packContainer(podman, container, dir, machine.name);
          else await this.#pack(id, machine, container, dir);
        }
      } finally {
        for (const guest of guests) await vms.machine(id, guest.name).goOn();
      }
    };
    await states.save(lab, { name, key, needs: diskFolders }, fill, signal);
  }

  async #pack(id: string, machine: VmSpec, container: string, dir: string): Promise<void> {
    const { podman, vms, diskImages } = this.#ready();
    const bases: (string | undefined)[] = [];
    for (const { image } of machine.disks) {
      bases.push(image === undefined ? undefined : (await diskImages.diskImage(image))?.pathInside);
    }
    const vm = vms.machine(id, machine.name);
    const saved = { phase: vm.phase ?? 'ready', tampered: vm.tampered };
    await packMachine({ podman, container, machine: machine.name, dir, saved, bases });
  }

  /** Below `<storageDir>/vm`. */
  async #diskFolders(machines: readonly VmSpec[]): Promise<string[]> {
    const images = new Set(machines.flatMap(({ disks }) => disks.flatMap(({ image }) => image ?? [])));
    const found = await Promise.all([...images].map((image) => this.#ready().diskImages.diskImage(image)));
    return found.flatMap((disk) => (disk === undefined ? [] : [join('disks', disk.key)]));
  }

  async stateKey(lab: LabMachines, name: string): Promise<string | undefined> {
    return (await this.#ready().states.find(lab, name))?.record.key;
  }

  acceleration(): 'kvm' | 'emulation' | undefined {
    return this.#acceleration;
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
    await this.#ready().vms.machine(sandboxId, machine).touchSecurityKey();
  }

  async readWindow(sandboxId: string, machine: string): Promise<void> {
    const vm = this.#ready().vms.machine(sandboxId, machine);
    await vm.window.read();
    vm.changed();
  }

  async openScreen(sandboxId: string, machine: string): Promise<Duplex> {
    const { spec } = this.#ready().vms.machine(sandboxId, machine);
    if (!spec.screen) throw new LabError('LAB_ERR_BAD_REQUEST', `machine ${machine} has no screen`);
    return connectSandboxSocket(socketPath(diskDir(this.#sandboxDir(sandboxId)), machine, 'vnc'));
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
    const container = containerName(this.#instance, sandboxId, machine);
    const mark = terminal === undefined ? [] : [`${terminalMark}=${terminal}`];
    const pairs = ['TERM=xterm-256color', 'LANG=C.UTF-8', 'COLORTERM=truecolor', ...mark];
    const env = pairs.flatMap((pair) => ['--env', pair]);
    const isVm = vms.has(sandboxId, machine);
    const argv = isVm ? loginCommand(vms.index(sandboxId, machine), pairs) : ['/usr/lib/lab/shell'];
    return {
      file: 'podman',
      args: [...podman.globalArgs(), 'exec', '--interactive', '--tty', ...env, container, ...argv],
      env: podmanEnvironment(),
    };
  }

  async endTerminal(sandboxId: string, machine: string, terminal: number): Promise<void> {
    // All processes that inherited the terminal's mark; nothing else can tell them from another terminal's.
    const hangUp = `grep -lszx '${terminalMark}=${terminal}' /proc/[0-9]*/environ | cut -d/ -f3 | xargs -r kill -HUP`;
    await this.exec(sandboxId, {
      machine,
      argv: ['sh', '-c', hangUp],
      timeoutMs: hangUpTimeoutMs,
      maxOutputBytes: 4_096,
    });
  }

  async exec(sandboxId: string, request: ExecRequest): Promise<ExecResult> {
    const { podman, vms } = this.#ready();
    if (vms.has(sandboxId, request.machine)) {
      return execInGuest(vms.machine(sandboxId, request.machine).agent, request);
    }
    const container = containerName(this.#instance, sandboxId, request.machine);
    const env = Object.entries(request.env ?? {}).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
    // timeout(1) inside the machine kills the program's whole group there: ending podman alone would leave it running.
    const seconds = (request.timeoutMs / 1000).toFixed(1);
    const limit = ['timeout', '--signal=TERM', '--kill-after=1', seconds];
    const args = ['exec', '--interactive', ...env, container, ...limit, ...request.argv];
    const result = await podman.capture(args, {
      timeoutMs: request.timeoutMs + execGraceMs,
      stdin: request.stdin ?? '',
      maxOutputBytes: request.maxOutputBytes,
    });
    if (isPodmansOwn(result)) {
      throw new LabError('LAB_ERR_EXEC', `machine ${request.machine} cannot be reached: ${result.stderr.trim()}`);
    }
    // timeout(1) ends with 124, or 137 when it had to kill.
    const struck = result.timedOut || result.exitCode === 124 || result.exitCode === 137;
    return {
      ...(struck || result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
      stdout: result.stdout,
      stderr: result.stderr,
    };
  }

  async status(sandboxId: string): Promise<SandboxState> {
    const states = await this.#containers([`label=eu-os-labs.sandbox=${sandboxId}`]);
    if (states.length === 0) return 'absent';
    await this.#ready().vms.findAgain(sandboxId);
    return states.every(({ State }) => State === 'running') ? 'running' : 'stopped';
  }

  async stop(sandboxId: string): Promise<void> {
    const { podman, vms } = this.#ready();
    vms.forget(sandboxId);
    const containers = await this.#containers([`label=eu-os-labs.sandbox=${sandboxId}`]);
    if (containers.length > 0)
      await this.#remove(
        podman,
        containers.map(({ Id }) => Id),
      );
    await removeDisk(podman, this.#sandboxDir(sandboxId));
    await freeIdRange(this.#storageDir, sandboxId);
  }

  /** The container's own clean-up, which podman starts when it is killed, may hold its mounts for a moment. */
  async #remove(podman: Podman, ids: string[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const args = ['rm', '--force', '--ignore', '--time', '0', '--volumes', '--depend', ...ids];
        await podman.run(args, { timeoutMs: stopTimeoutMs });
        return;
      } catch (failure) {
        if (attempt === removeAttempts) throw failure;
        await setTimeout(removePauseMs);
      }
    }
  }

  async list(): Promise<string[]> {
    const containers = await this.#containers([]);
    const dirs = await readdir(join(this.#stateDir, 'sessions')).catch((failure: NodeJS.ErrnoException) => {
      if (failure.code === 'ENOENT') return [];
      throw failure;
    });
    const all = [...containers.flatMap(({ Labels }) => Labels?.['eu-os-labs.sandbox'] ?? []), ...dirs];
    // A machine that is being booted for its lab is nobody's session, and must not be reaped.
    return [...new Set(all)].filter((id) => !this.#making.has(id));
  }

  async #containers(filters: string[]): Promise<ContainerRow[]> {
    const all = [`label=eu-os-labs.instance=${this.#instance}`, ...filters].flatMap((filter) => ['--filter', filter]);
    const args = ['ps', '--all', '--format', 'json', ...all];
    return JSON.parse(await this.#ready().podman.run(args, { timeoutMs: listTimeoutMs })) as ContainerRow[];
  }

  #sandboxDir(sandboxId: string): string {
    return join(this.#stateDir, 'sessions', sandboxId);
  }

  #ready() {
    if (this.#opened === undefined)
      throw new LabError('LAB_ERR_NO_ENGINE', 'podman has not been opened; run npm run doctor');
    return this.#opened;
  }
}

/** Whether a lab's sessions start from a machine that has been booted before. */
function hasTemplate({ machines }: Pick<LabMachines, 'machines'>): boolean {
  return machines.some((machine) => machine.type === 'vm' && machine.boot === 'booted');
}

function hasMachine({ record }: SavedState, machine: string): boolean {
  return `${machine}/${savedMachineFile}` in record.files;
}

/** Memory files, and copies of disks while they are saved; the disk file is sparse. */
function savingMiB({ machines, diskMiB }: SandboxSpec): number {
  const memory = machines.reduce((sum, machine) => sum + (machine.type === 'vm' ? machine.memoryMiB : 0), 0);
  return memory + diskMiB + savingSpareMiB;
}

/** The fields of `podman ps --format json` that are read here. */
interface ContainerRow {
  Id: string;
  State: string;
  Labels: Record<string, string> | null;
}

/** Short name of a server: containers of different state directories in one storage are told apart by it. */
export function instanceOf(stateDir: string): string {
  return createHash('sha256').update(stateDir).digest('hex').slice(0, 8);
}

/** What podman itself needs from the server's environment, and nothing else. */
function podmanEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'USER'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/**
 * Whether podman or the runtime failed, not the program: it was never started, so it has printed nothing. Seen when the
 * container is gone, the runtime is broken, or a fork bomb has left no process for it.
 */
function isPodmansOwn({ exitCode, stdout, stderr }: Captured): boolean {
  if (exitCode === 125) return true;
  const ofRuntime = /^Error: (no such container|can only create exec|no container with|OCI |runc: |crun: )/;
  return exitCode !== undefined && exitCode >= 126 && stdout === '' && ofRuntime.test(stderr);
}

function whatIsMissing(host: HostFacts): string | undefined {
  const install = (names: string) => `install it: apt-get install ${names} (Debian) or dnf install ${names} (Fedora)`;
  if (host.podmanVersion === undefined) return `podman is not installed; ${install('podman')}`;
  if (!host.runtimePresent) {
    return `no OCI runtime for cgroups of this host (${host.cgroupMode}) was found, expected ${host.runtime}; ${install(host.runtime)}`;
  }
  return undefined;
}
