// One running virtual machine, as the server sees it: its monitor, agent, console and state. Does not start its container.
import type { Socket } from 'node:net';
import { LabError } from '../../errors.ts';
import type { PowerAction, TamperKind, VmView } from '../../protocol/messages.ts';
import type { VmSpec } from '../engine.ts';
import { AgentClient } from './agent-client.ts';
import { BootCourse } from './boot-course.ts';
import { BootTracker } from './boot-phase.ts';
import type { BootTimes } from './boot-times.ts';
import { untilBootPhase } from './boot-wait.ts';
import { ConsoleFeed } from './console-feed.ts';
import { machineView } from './machine-view.ts';
import { endQemu, resetMachine } from './machine-power.ts';
import { restoreDevices, saveDevices } from './machine-state.ts';
import { armRekey, RekeyPort } from './rekey.ts';
import type { SavedMachine } from './saved-machine.ts';
import { readAnswer, runState } from './qmp-answers.ts';
import type { QmpClient, QmpEvent } from './qmp-client.ts';
import { connectQemu } from './qemu-monitor.ts';
import { SecurityKeyWatch } from './security-key-watch.ts';
import { isAgentPortOpen, ShutdownWatch } from './shutdown-watch.ts';
import { isTpmLost } from './tpm-watch.ts';
import { socketPath } from './vm-place.ts';
import { WindowReader } from './window-reader.ts';

/** Starting a program in a guest takes 0.1 s under emulation, and seconds on a crowded host. */
const resizeTimeoutMs = 15_000;
/** How often stuck boots are looked for. */
const tickEveryMs = 5_000;

export interface VirtualMachineOptions {
  spec: VmSpec;
  /** The session's disk on this host, where the machine's sockets are. */
  disk: string;
  acceleration: 'kvm' | 'emulation';
  tampered: TamperKind[];
  /** How long boots take on this host. */
  bootTimes: BootTimes;
  /** Called when `view` has changed. */
  onChange: () => void;
}

export class VirtualMachine {
  readonly spec: VmSpec;
  readonly agent: AgentClient;
  readonly window: WindowReader;
  tampered: TamperKind[];
  readonly #options: VirtualMachineOptions;
  readonly #tracker: BootTracker;
  readonly #course = new BootCourse();
  #qmp: QmpClient | undefined;
  #watch: Socket | undefined;
  readonly #console: ConsoleFeed;
  readonly #key: SecurityKeyWatch;
  readonly #shutdown: ShutdownWatch;
  #ticking: NodeJS.Timeout | undefined;
  /** Size of the console that the machine was last told: `columns` x `rows`. A boot forgets it. */
  consoleSize: string | undefined;
  /** A clone of a machine whose system was not up yet: even the identity on its disk is another machine's. */
  #owesIdentity = false;
  /** QEMU is being ended on purpose. */
  #isEnding = false;
  readonly #closing = new AbortController();
  #shown = '';
  /** By performance.now(): when something last came from the machine or was done to it. */
  #heardAt = performance.now();

  constructor(options: VirtualMachineOptions) {
    this.#options = options;
    this.spec = options.spec;
    this.tampered = [...options.tampered];
    this.agent = new AgentClient(socketPath(options.disk, options.spec.name, 'agent'));
    this.window = new WindowReader(this.agent);
    this.#tracker = new BootTracker(Date.now());
    this.#console = new ConsoleFeed((bytes) => this.#readConsole(bytes));
    this.#key = new SecurityKeyWatch({
      machine: this.spec.name,
      path: socketPath(options.disk, options.spec.name, 'key'),
      onChange: () => this.changed(),
    });
    this.#shutdown = new ShutdownWatch({
      isUp: () => this.phase === 'ready' && this.#tracker.state.power === 'on',
      isPortOpen: async () => (this.#qmp === undefined || this.#qmp.isClosed ? undefined : isAgentPortOpen(this.#qmp)),
      onLook: (isGoing) => {
        this.#tracker.goesDown(isGoing);
        this.changed();
      },
    });
  }

  get view(): VmView {
    const boot = this.#course.passed;
    const usualBoot = this.#options.bootTimes.usual(this.#bootKind);
    return machineView(this.spec, this.#tracker.state, {
      acceleration: this.#options.acceleration,
      wantsTouch: this.#key.wantsTouch,
      tampered: [...this.tampered],
      ...(this.window.last && { window: this.window.last }),
      ...(boot && { boot: [...boot] }),
      ...(usualBoot && { usualBoot }),
    });
  }

  /** Machines whose boots are alike: the same acceleration, firmware and disk image. */
  get #bootKind(): string {
    const { firmware, disks } = this.spec;
    return [this.#options.acceleration, firmware, ...disks.flatMap(({ image }) => image ?? [])].join(' ');
  }

  get phase(): VmView['phase'] {
    return this.#tracker.state.phase;
  }

  /**
   * Waits for QEMU, which may just be starting, and listens to it from then on.
   * @param start number of the start, as in `LaunchPlan`
   * @throws {Error} when QEMU ends instead, does not start in time, or `close` is called meanwhile
   */
  async attach(start: number, signal: AbortSignal): Promise<void> {
    const ends = AbortSignal.any([signal, this.#closing.signal]);
    const listeners = {
      onEvent: (event: QmpEvent) => this.#onEvent(event),
      onConsole: (chunk: Buffer) => this.#console.push(chunk),
    };
    const place = { disk: this.#options.disk, machine: this.spec.name, number: start };
    const { qmp, watch } = await connectQemu(place, listeners, ends);
    if (ends.aborted) {
      watch.destroy();
      qmp.close();
      ends.throwIfAborted();
    }
    this.#isEnding = false;
    this.#watch = watch;
    this.#qmp = qmp;
    qmp.onClose(() => this.#onQemuGone(qmp));
    clearInterval(this.#ticking);
    this.#ticking = setInterval(() => void this.#tick(), tickEveryMs).unref();
    if (this.spec.securityKey) this.#key.start();
    this.#shutdown.start();
  }

  /** For a machine that the previous server started: finds out its present state. */
  async recognise(): Promise<void> {
    const { status } = readAnswer(runState, 'query-status', await this.#running().execute<unknown>('query-status'));
    const now = Date.now();
    if (status === 'running') {
      this.#tracker.resumed('system', now, true);
      if (await this.agent.isThere(1_000)) this.#tracker.agentAnswered(Date.now());
    } else if (status === 'guest-panicked') this.#tracker.event('GUEST_PANICKED', {}, now);
    else if (status === 'io-error') this.#tracker.event('BLOCK_IO_ERROR', { nospace: true }, now);
    else this.#tracker.off(now);
    this.changed();
  }

  /** Waits until its boot has reached one of some phases. @throws {LabError} when there is a trouble, or the time is over */
  async untilPhase(phases: readonly VmView['phase'][], timeoutMs: number, signal: AbortSignal): Promise<void> {
    const state = () => this.#tracker.state;
    await untilBootPhase({ machine: this.spec.name, state, phases, timeoutMs }, signal);
  }

  /** Types at its console, as a person would. */
  type(text: string): void {
    this.#watch?.write(text);
  }

  /** Starts a machine that has been waiting since QEMU was started: its firmware begins. */
  async begin(): Promise<void> {
    this.consoleSize = undefined;
    this.#console.flush();
    this.#beginBoot();
    await this.#running().execute('cont');
    this.changed();
  }

  /**
   * Resumes from a saved state, with an identity of its own. @param file in the machine's container @param saved its record
   */
  async restore(file: string, { phase, consoleSize }: Pick<SavedMachine, 'phase' | 'consoleSize'>): Promise<void> {
    const qmp = this.#running();
    // While a machine waits for its passphrase, there is no system yet that could take an identity.
    using port = phase === 'ready' ? await this.#rekeyPort() : undefined;
    await this.agent.connect();
    await restoreDevices(qmp, this.spec.name, file);
    await qmp.execute('cont');
    await port?.rekey();
    this.#owesIdentity = port === undefined;
    this.consoleSize = consoleSize;
    this.#course.drop();
    this.#tracker.resumed(phase, Date.now());
    this.#heardAt = performance.now();
    this.changed();
  }

  /** Writes the devices' state; the machine is paused afterwards, and its memory file and disks do not change until `goOn`. */
  async save(file: string): Promise<void> {
    // Connected while the machine is saved, as it will be when a clone resumes.
    using _port = this.phase === 'ready' ? await this.#rekeyPort() : undefined;
    if (this.phase === 'ready') await armRekey(this.agent);
    await saveDevices(this.#running(), this.spec.name, file);
  }

  /** Never throws: the machine works without it, and the next boot tries again. */
  async #takeIdentity(): Promise<void> {
    this.#owesIdentity = false;
    try {
      using port = await this.#rekeyPort();
      await armRekey(this.agent);
      await port.rekey();
    } catch {
      this.#owesIdentity = true;
    }
  }

  #rekeyPort(): Promise<RekeyPort> {
    return RekeyPort.connect(socketPath(this.#options.disk, this.spec.name, 'rekey'));
  }

  async goOn(): Promise<void> {
    await this.#running().execute('cont');
  }

  /** @returns false when QEMU is gone, or was ended because its TPM is, so that both have to be restarted */
  async power(action: PowerAction): Promise<boolean> {
    const isOn = this.#tracker.state.power === 'on';
    const needsRun = action === 'start' || action === 'reset';
    const qmp = this.#qmp;
    if (qmp === undefined || qmp.isClosed) return !needsRun;
    // QEMU does not connect to another TPM, and may end when the machine is reset without one.
    if (needsRun && (await this.#hasLostTpm(qmp))) {
      await this.quit();
      return false;
    }
    if (action === 'stop') await qmp.execute('system_powerdown');
    else if (action === 'unplug') {
      await qmp.execute('stop');
      this.#tracker.off(Date.now());
    } else if (action === 'reset' || !isOn) {
      await resetMachine(qmp);
      this.#console.flush();
      this.#beginBoot();
    }
    this.changed();
    return true;
  }

  /** Nothing answers in the machine's place. */
  lost(detail: string): void {
    this.#tracker.lost('qemu-lost', detail);
    this.changed();
  }

  /** Ends QEMU, like pulling the plug, so that files that it has open can be changed. */
  async quit(): Promise<void> {
    const qmp = this.#qmp;
    if (qmp === undefined || qmp.isClosed) return;
    this.#isEnding = true;
    await endQemu(qmp);
    this.#tracker.off(Date.now());
    this.changed();
  }

  async touchSecurityKey(): Promise<void> {
    await this.#key.touch();
  }

  /** The shell and the programs in it learn the size as from a real terminal. Never throws: a console works without it. */
  async resizeConsole(columns: number, rows: number): Promise<void> {
    const size = `${columns}x${rows}`;
    if (this.phase !== 'ready' || size === this.consoleSize) return;
    this.consoleSize = size;
    const args = ['-F', '/dev/ttyS0', 'cols', String(columns), 'rows', String(rows)];
    await this.agent.exec({ path: '/bin/stty', args, timeoutMs: resizeTimeoutMs }).catch(() => {
      this.consoleSize = undefined;
    });
  }

  /** Tells viewers if what they see has changed. */
  changed(): void {
    const { power, phase, waitsAtMenu } = this.#tracker.state;
    if (waitsAtMenu === true) this.#course.waits();
    if (power === 'off' || phase === undefined) this.#course.drop();
    else {
      const whole = this.#course.reach(phase, performance.now());
      if (whole !== undefined) this.#options.bootTimes.add(this.#bootKind, whole);
    }
    const shown = JSON.stringify(this.view);
    if (shown === this.#shown || this.#closing.signal.aborted) return;
    this.#shown = shown;
    this.#options.onChange();
  }

  close(): void {
    this.#closing.abort(new Error(`the server has released machine ${this.spec.name}`));
    clearInterval(this.#ticking);
    this.#key.stop();
    this.#shutdown.stop();
    this.#console.close();
    this.agent.close();
    this.#watch?.destroy();
    this.#qmp?.close();
  }

  #beginBoot(): void {
    this.#course.begin(performance.now());
    this.#tracker.begin(Date.now());
    this.#heardAt = performance.now();
  }

  /** Never throws, because no caller waits for it. */
  async #tick(): Promise<void> {
    try {
      this.#tracker.silent(performance.now() - this.#heardAt);
      const { power, trouble } = this.#tracker.state;
      const qmp = this.#qmp;
      const isWatched = power === 'on' && trouble === undefined && qmp !== undefined && !qmp.isClosed;
      if (isWatched && (await this.#hasLostTpm(qmp))) {
        this.#tracker.lost('tpm-lost', 'the program that is its TPM has ended');
      }
      this.changed();
    } catch (failure) {
      // Whatever answers there is not QEMU: that is the machine's trouble, not the server's.
      this.#tracker.lost('qemu-lost', `its monitor cannot be asked: ${String(failure)}`);
    }
  }

  async #hasLostTpm(qmp: QmpClient): Promise<boolean> {
    return this.spec.tpm && (await isTpmLost(qmp));
  }

  #readConsole(bytes: Buffer): void {
    const before = this.#tracker.state;
    this.#tracker.console(bytes, Date.now());
    this.#heardAt = performance.now();
    if (this.#tracker.state === before) return;
    if (this.#owesIdentity && this.phase === 'ready') void this.#takeIdentity();
    this.changed();
  }

  #onEvent({ event, data }: QmpEvent): void {
    if (event === 'RESET') {
      this.consoleSize = undefined;
      this.#course.begin(performance.now());
    }
    // Output from before the reset belongs to the previous boot.
    this.#console.flush();
    this.#tracker.event(event, data, Date.now());
    this.#heardAt = performance.now();
    this.changed();
  }

  #onQemuGone(qmp: QmpClient): void {
    if (qmp !== this.#qmp || this.#closing.signal.aborted) return;
    this.#console.flush();
    this.#watch?.destroy();
    if (!this.#isEnding) this.#tracker.lost('qemu-lost', 'QEMU has ended without being asked to');
    this.changed();
  }

  #running(): QmpClient {
    if (this.#qmp === undefined || this.#qmp.isClosed) {
      throw new LabError('LAB_ERR_EXEC', `QEMU of machine ${this.spec.name} is not running; switch the machine on`);
    }
    return this.#qmp;
  }
}
