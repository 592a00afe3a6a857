// Virtual machines in podman's containers: start, reach, restart. One running machine is in vm/virtual-machine.ts.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { LabError } from '../../errors.ts';
import type { PowerAction, TamperKind, VmView } from '../../protocol/messages.ts';
import type { SandboxSpec, VmSpec } from '../engine.ts';
import { BootTimes } from '../vm/boot-times.ts';
import { neighboursOf, type LaunchPlan } from '../vm/launch-files.ts';
import { kvmArgs } from '../vm/kvm-probe.ts';
import { tunArgs } from '../vm/tun-device.ts';
import { stateInside } from '../vm/qemu-arguments.ts';
import { deviceStateFile, readSavedMachine } from '../vm/saved-machine.ts';
import { checkTamper, tamperedAfter, tamperWithFiles } from '../vm/tamper.ts';
import { VirtualMachine } from '../vm/virtual-machine.ts';
import { connectSandboxSocket } from '../vm/sandbox-socket.ts';
import { diskDir, launchDir, socketPath, storedDir } from '../vm/vm-place.ts';
import type { DiskImages } from '../vm/disk-images.ts';
import { launchedMachines, readNote, writeLaunch } from './launch-notes.ts';
import { containerName, vmRunArgs, type MachinePlace } from './machine-flags.ts';
import { withMachine } from './machine-failure.ts';
import type { Podman } from './podman-command.ts';
import type { SavedState } from './sandbox-states.ts';

const startTimeoutMs = 60_000;
const commandTimeoutMs = 15_000;
/** How often a container that may have missed the signal is told again to look for a new number. */
const askAgainMs = 1_000;
/** Limit for QEMU's last messages. */
const logBytes = 2_000;

export interface VmSandboxesOptions {
  storageDir: string;
  instance: string;
  podman: Podman;
  diskImages: DiskImages;
  sandboxDir: (sandboxId: string) => string;
  onChange: (sandboxId: string) => void;
}

/** Where one machine of a sandbox is started, and from what. */
export interface VmStart {
  sandbox: SandboxSpec;
  machine: VmSpec;
  place: MachinePlace;
  acceleration: 'kvm' | 'emulation';
  /** Tag of the image vm-host. */
  image: string;
  /** The saved state with this machine's part; absent: a cold start. */
  state?: SavedState;
  /** Called with the container's id once it is known, so that the next machine may join its segment. */
  onContainer: (id: string) => Promise<void>;
}

interface Held {
  vm: VirtualMachine;
  plan: LaunchPlan;
}

export class VmSandboxes implements Disposable {
  readonly #options: VmSandboxesOptions;
  readonly #held = new Map<string, Map<string, Held>>();
  readonly #bootTimes: BootTimes;

  constructor(options: VmSandboxesOptions) {
    this.#options = options;
    this.#bootTimes = new BootTimes(join(storedDir(options.storageDir), 'boot-times.json'));
  }

  /** Starts one machine and waits until its reader may use it. @throws {Error} with QEMU's own message if there is one */
  async start(start: VmStart, signal: AbortSignal): Promise<VirtualMachine> {
    const { sandbox, machine, place, state } = start;
    const { podman, storageDir, sandboxDir } = this.#options;
    const dir = sandboxDir(sandbox.id);
    const saved = state === undefined ? undefined : await readSavedMachine(join(state.dir, machine.name));
    const tampered = saved?.tampered ?? [];
    const plan = { ...(await this.#plan(start)), hasOtherFirmware: tampered.includes('firmware') };
    await writeLaunch(launchDir(dir, machine.name), plan, tampered);
    const stateDir = state === undefined ? {} : { stateDir: join(state.dir, machine.name) };
    const args = vmRunArgs(machine, start.image, place, {
      storedDir: storedDir(storageDir),
      launchDir: launchDir(dir, machine.name),
      deviceFlags: [
        ...(machine.network ? await tunArgs(storageDir) : []),
        ...(start.acceleration === 'kvm' ? await kvmArgs(storageDir) : []),
      ],
      ...stateDir,
    });
    const vm = this.#hold(sandbox.id, plan, tampered);
    const failed = new AbortController();
    const attached = vm.attach(plan.number, AbortSignal.any([signal, failed.signal]));
    attached.catch(() => undefined);
    try {
      const id = await podman.run(args, { timeoutMs: startTimeoutMs, signal });
      await start.onContainer(id);
      await attached;
      if (saved === undefined) await vm.begin();
      else await vm.restore(`${stateInside}/${deviceStateFile}`, saved);
      return vm;
    } catch (failure) {
      failed.abort(failure);
      throw await this.#explain(sandbox.id, machine.name, failure);
    }
  }

  async #plan({ sandbox, machine, acceleration, state }: VmStart): Promise<LaunchPlan> {
    const diskImages: Record<string, string> = {};
    for (const { image } of machine.disks) {
      if (image === undefined) continue;
      const found = await this.#options.diskImages.diskImage(image);
      if (found === undefined) throw new Error(`the disk image ${image} has not been made`);
      diskImages[image] = found.pathInside;
    }
    const memory = sandbox.isForSaving === true ? 'saving' : state === undefined ? 'own' : 'clone';
    return {
      machine,
      index: sandbox.machines.findIndex(({ name }) => name === machine.name),
      acceleration,
      memory,
      isRestored: state !== undefined,
      hasOtherFirmware: false,
      generation: randomUUID(),
      number: 1,
      hasState: state !== undefined,
      diskImages,
      neighbours: neighboursOf(sandbox.machines),
    };
  }

  /** Machines that an earlier server started: found by the notes beside their launch files. */
  async findAgain(sandboxId: string): Promise<void> {
    const dir = this.#options.sandboxDir(sandboxId);
    const names = await launchedMachines(join(dir, 'launch'));
    await Promise.all(names.map((name) => this.#findMachineAgain(sandboxId, name)));
  }

  async #findMachineAgain(sandboxId: string, name: string): Promise<void> {
    if (this.#held.get(sandboxId)?.has(name) === true) return;
    const note = await readNote(launchDir(this.#options.sandboxDir(sandboxId), name));
    if (note === undefined) return;
    const vm = this.#hold(sandboxId, note.plan, note.tampered);
    try {
      await vm.attach(note.plan.number, AbortSignal.timeout(commandTimeoutMs));
      await vm.recognise();
    } catch (failure) {
      vm.lost(`QEMU does not answer: ${(failure as Error).message}`);
    }
  }

  views(sandboxId: string): Record<string, VmView> {
    const all = [...(this.#held.get(sandboxId) ?? [])];
    return Object.fromEntries(all.map(([name, { vm }]) => [name, vm.view]));
  }

  /** @throws {LabError} LAB_ERR_BAD_REQUEST for a container or an unknown machine */
  machine(sandboxId: string, name: string): VirtualMachine {
    return this.#find(sandboxId, name).vm;
  }

  has(sandboxId: string, name: string): boolean {
    return this.#held.get(sandboxId)?.has(name) ?? false;
  }

  /** The machine's place in lab.yaml. */
  index(sandboxId: string, name: string): number {
    return this.#find(sandboxId, name).plan.index;
  }

  /** As `Engine.power`; the next methods are as in `Engine`, too. */
  async power(sandboxId: string, name: string, action: PowerAction): Promise<void> {
    const { vm } = this.#find(sandboxId, name);
    await withMachine(name, async () => {
      if (!(await vm.power(action))) await this.#startAnew(sandboxId, name);
    });
  }

  async tamper(sandboxId: string, name: string, kind: TamperKind | 'undo'): Promise<void> {
    const { vm } = this.#find(sandboxId, name);
    checkTamper(vm.spec, kind);
    await withMachine(name, async () => {
      await vm.quit();
      try {
        await tamperWithFiles(vm.spec, kind, (argv, timeoutMs) => this.inContainer(sandboxId, name, argv, timeoutMs));
        vm.tampered = tamperedAfter(vm.tampered, kind);
      } finally {
        // Also after a failure: a reader whose machine stays off would lose more than a demonstration.
        await this.#startAnew(sandboxId, name);
      }
    });
  }

  async touchSecurityKey(sandboxId: string, name: string): Promise<void> {
    const { vm } = this.#find(sandboxId, name);
    await withMachine(name, () => vm.touchSecurityKey());
  }

  async readWindow(sandboxId: string, name: string): Promise<void> {
    const { vm } = this.#find(sandboxId, name);
    await withMachine(name, () => vm.window.read());
    vm.changed();
  }

  async openScreen(sandboxId: string, name: string): Promise<Duplex> {
    const { vm } = this.#find(sandboxId, name);
    if (!vm.spec.screen) throw new LabError('LAB_ERR_BAD_REQUEST', `machine ${name} has no screen`);
    const disk = diskDir(this.#options.sandboxDir(sandboxId));
    return withMachine(name, () => connectSandboxSocket(socketPath(disk, name, 'vnc')));
  }

  /** Runs a program in the container around a machine. */
  inContainer(sandboxId: string, name: string, argv: string[], timeoutMs: number) {
    const container = containerName(this.#options.instance, sandboxId, name);
    return this.#options.podman.capture(['exec', container, ...argv], { timeoutMs });
  }

  [Symbol.dispose](): void {
    for (const id of this.#held.keys()) this.forget(id);
  }

  /** Releases a sandbox's machines: they are being ended. */
  forget(sandboxId: string): void {
    for (const { vm } of this.#held.get(sandboxId)?.values() ?? []) vm.close();
    this.#held.delete(sandboxId);
  }

  /** Starts QEMU again, on the same disks, from its firmware. */
  async #startAnew(sandboxId: string, name: string): Promise<void> {
    const held = this.#find(sandboxId, name);
    const { vm } = held;
    const plan: LaunchPlan = {
      ...held.plan,
      number: held.plan.number + 1,
      isRestored: false,
      hasOtherFirmware: vm.tampered.includes('firmware'),
      memory: held.plan.memory === 'saving' ? 'saving' : 'own',
    };
    held.plan = plan;
    await writeLaunch(launchDir(this.#options.sandboxDir(sandboxId), name), plan, vm.tampered);
    const container = containerName(this.#options.instance, sandboxId, name);
    try {
      await this.#untilAttached(vm, plan.number, container);
    } catch (failure) {
      const message = (await this.#explain(sandboxId, name, failure)).message;
      vm.lost(message);
      throw new LabError('LAB_ERR_EXEC', `machine ${name} could not be switched on: ${message}`, failure);
    }
    await vm.begin();
  }

  /** Tells the container to look for a new number until its QEMU is there. */
  async #untilAttached(vm: VirtualMachine, number: number, container: string): Promise<void> {
    const isThere = new AbortController();
    const gaveUp = new AbortController();
    const ends = AbortSignal.any([AbortSignal.timeout(startTimeoutMs), gaveUp.signal]);
    const attached = vm.attach(number, ends).finally(() => isThere.abort());
    attached.catch(() => undefined);
    try {
      while (!isThere.signal.aborted) {
        await this.#options.podman.run(['kill', '--signal', 'USR1', container], { timeoutMs: commandTimeoutMs });
        await delay(askAgainMs, undefined, { signal: isThere.signal }).catch(() => undefined);
      }
      await attached;
    } catch (failure) {
      gaveUp.abort(failure);
      throw failure;
    }
  }

  #hold(sandboxId: string, plan: LaunchPlan, tampered: TamperKind[]): VirtualMachine {
    const vm = new VirtualMachine({
      spec: plan.machine,
      disk: diskDir(this.#options.sandboxDir(sandboxId)),
      acceleration: plan.acceleration,
      bootTimes: this.#bootTimes,
      tampered,
      onChange: () => this.#options.onChange(sandboxId),
    });
    const machines = this.#held.get(sandboxId) ?? new Map<string, Held>();
    machines.get(plan.machine.name)?.vm.close();
    machines.set(plan.machine.name, { vm, plan });
    this.#held.set(sandboxId, machines);
    return vm;
  }

  #find(sandboxId: string, name: string): Held {
    const held = this.#held.get(sandboxId)?.get(name);
    if (held !== undefined) return held;
    throw new LabError('LAB_ERR_BAD_REQUEST', `${name} is not a virtual machine of this session`);
  }

  /** Adds what QEMU, the TPM or the disks reported to the error, if that can still be read. */
  async #explain(sandboxId: string, name: string, failure: unknown): Promise<Error> {
    const message = failure instanceof Error ? failure.message : String(failure);
    const logs = 'for log in files swtpm qemu key tap; do [ ! -s /run/$log.log ] || tail -c 600 /run/$log.log; done';
    try {
      const { stdout } = await this.inContainer(sandboxId, name, ['sh', '-c', logs], commandTimeoutMs);
      const words = stdout.trim().slice(-logBytes);
      return new Error(words === '' ? message : `${message}: ${words.replaceAll('\n', ' ')}`, { cause: failure });
    } catch {
      // podman itself failed; no more is known than the message at hand.
      return new Error(message, { cause: failure });
    }
  }
}
