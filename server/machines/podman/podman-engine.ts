// Sandboxes by podman on this host: start, reach, end. Images are image-builder.ts, flags are machine-flags.ts.
import { createHash } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { LabError } from '../../errors.ts';
import type {
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
} from '../engine.ts';
import type { Progress, VmView } from '../../protocol/messages.ts';
import { packContainer, untilUnpacked } from './container-state.ts';
import { readHostFacts, type HostFacts } from './host-facts.ts';
import { freeIdRange, reserveIdRange } from './id-slots.ts';
import { createImageBuilder, type ImageBuilder } from './image-builder.ts';
import { LabStates } from './lab-states.ts';
import { lockRoot } from './locked-root.ts';
import { containerName, machineRunArgs, type MachinePlace } from './machine-flags.ts';
import { createPodman, type Captured, type Podman } from './podman-command.ts';
import { beginning } from './sandbox-states.ts';
import { writeSeccompProfile } from './seccomp-profile.ts';
import { makeDisk, removeDisk } from './session-disk.ts';
import { copyFiles } from './session-files.ts';

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

export function createPodmanEngine(options: PodmanEngineOptions): Engine {
  return new PodmanEngine(options);
}

class PodmanEngine implements Engine {
  readonly name = 'podman';
  unenforced: Unenforced[] = [];
  readonly #stateDir: string;
  readonly #storageDir: string;
  readonly #instance: string;
  #opened:
    { host: HostFacts; podman: Podman; images: ImageBuilder; states: LabStates; seccompProfile?: string } | undefined;

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
    const states = new LabStates({
      storageDir: this.#storageDir,
      podman,
      madeOf: (machine) => madeOf(images, machine),
    });
    this.#opened = { host, podman, images, states, ...(seccompProfile === undefined ? {} : { seccompProfile }) };
    return undefined;
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
    const { host, podman, images, states, seccompProfile } = this.#ready();
    const state = spec.from === undefined ? undefined : await states.need(spec, spec.from);
    const ids = await reserveIdRange(this.#storageDir, spec.id);
    const disk = await makeDisk(podman, {
      dir: this.#sandboxDir(spec.id),
      sizeMiB: spec.diskMiB,
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
    for (const machine of spec.machines) {
      if (machine.type === 'vm') throw new Error('virtual machines cannot be started yet');
      const image = await images.reference(machine.image);
      if (image === undefined) throw new Error(`image ${machine.image} has not been built`);
      const pidFile = join(this.#sandboxDir(spec.id), `${machine.name}.pid`);
      await podman.run(machineRunArgs(machine, image, { ...place, pidFile }), { timeoutMs: startTimeoutMs, signal });
      // An ordinary user may not change the mount, and has no disk limit to keep.
      if (!host.rootless) await lockRoot(pidFile, join(this.#storageDir, 'root'));
      const container = containerName(this.#instance, spec.id, machine.name);
      if (state !== undefined) await untilUnpacked(podman, container, signal);
      place.segmentOf ??= container;
    }
  }

  async #offer(filesDir: string, sandboxId: string): Promise<string> {
    const copy = join(this.#sandboxDir(sandboxId), 'files');
    await copyFiles(filesDir, copy);
    return copy;
  }

  async prepare(lab: LabMachines, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<void> {
    const { images, states } = this.#ready();
    for (const machine of lab.machines) {
      if (machine.type === 'vm') throw notYet();
      await images.prepareImage(machine.image, onProgress, signal);
    }
    await states.clean(lab);
  }

  async states(lab: LabMachines): Promise<string[]> {
    const names = (await this.#ready().states.list(lab)).map(({ record }) => record.name);
    return names.filter((name) => name !== beginning).toSorted();
  }

  async saveState(sandboxId: string, lab: LabMachines, name: string, key: string): Promise<void> {
    const { podman, states } = this.#ready();
    const fill = async (dir: string) => {
      for (const machine of lab.machines) {
        if (machine.type === 'vm') throw notYet();
        await packContainer(podman, containerName(this.#instance, sandboxId, machine.name), dir, machine.name);
      }
    };
    await states.save(lab, { name, key, needs: [] }, fill, new AbortController().signal);
  }

  async stateKey(lab: LabMachines, name: string): Promise<string | undefined> {
    return (await this.#ready().states.find(lab, name))?.record.key;
  }

  acceleration(): 'kvm' | 'emulation' | undefined {
    return undefined;
  }

  vms(): Record<string, VmView> {
    return {};
  }

  onVmChange(): void {}

  power(): Promise<void> {
    return Promise.reject(notYet());
  }

  tamper(): Promise<void> {
    return Promise.reject(notYet());
  }

  touchSecurityKey(): Promise<void> {
    return Promise.reject(notYet());
  }

  readWindow(): Promise<void> {
    return Promise.reject(notYet());
  }

  openScreen(): Promise<Duplex> {
    return Promise.reject(notYet());
  }

  serialConsole(): TerminalSocket {
    throw notYet();
  }

  resizeSerial(): Promise<void> {
    return Promise.resolve();
  }

  terminalCommand(sandboxId: string, machine: string, terminal?: number): TerminalCommand {
    const { podman } = this.#ready();
    const container = containerName(this.#instance, sandboxId, machine);
    const mark = terminal === undefined ? [] : [`${terminalMark}=${terminal}`];
    const pairs = ['TERM=xterm-256color', 'LANG=C.UTF-8', 'COLORTERM=truecolor', ...mark];
    const env = pairs.flatMap((pair) => ['--env', pair]);
    return {
      file: 'podman',
      args: [...podman.globalArgs(), 'exec', '--interactive', '--tty', ...env, container, '/usr/lib/lab/shell'],
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
    const { podman } = this.#ready();
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
    return states.every(({ State }) => State === 'running') ? 'running' : 'stopped';
  }

  async stop(sandboxId: string): Promise<void> {
    const { podman } = this.#ready();
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
    return [...new Set([...containers.flatMap(({ Labels }) => Labels?.['eu-os-labs.sandbox'] ?? []), ...dirs])];
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

/** What a saved state of a machine depends on. */
async function madeOf(images: ImageBuilder, machine: MachineSpec): Promise<Record<string, string> | undefined> {
  if (machine.type === 'vm') return undefined;
  const tag = await images.reference(machine.image);
  return tag === undefined ? undefined : { [`image:${machine.image}`]: tag };
}

function notYet(): LabError {
  return new LabError('LAB_ERR_EXEC', 'virtual machines are not there yet');
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
