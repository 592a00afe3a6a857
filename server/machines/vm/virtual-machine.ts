// One running virtual machine as the server holds it: its monitor, agent, console and state. Starting its container is not here.
import { lstat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Socket } from 'node:net';
import { LabError } from '../../errors.ts';
import type { PowerAction, TamperKind, VmView } from '../../protocol/messages.ts';
import type { VmSpec } from '../engine.ts';
import { AgentClient } from './agent-client.ts';
import { BootTracker } from './boot-phase.ts';
import { QmpClient, QmpError, type QmpEvent } from './qmp-client.ts';
import { connectSandboxSocket } from './sandbox-socket.ts';
import { isTpmLost } from './tpm-watch.ts';
import { socketPath } from './vm-place.ts';
import { WindowReader } from './window-reader.ts';

/** QEMU needs 0.1 s, and disks of a cold start 0.1 s each before it; the host may be starting thirty. */
const qemuTimeoutMs = 60_000;
/** Pause between two looks whether QEMU's socket is there: it is what a start waits for. */
const lookEveryMs = 4;
/** Restoring takes 0.1 s; a crowded host, whose disk has forgotten the file, some seconds. */
const restoreTimeoutMs = 60_000;
/** Saving writes the devices' state alone, some megabytes. */
const saveTimeoutMs = 60_000;
/** Pause between two looks at a boot of half a minute. */
const phaseEveryMs = 50;
const resetTimeoutMs = 15_000;
/** How often time is told to whoever judges that a boot is stuck. */
const tickEveryMs = 5_000;
/** How often the security key is looked at: a reader who is to touch it waits this long for the button at most. */
const keyEveryMs = 1_000;
/** Whoever wants a touch has begun with something on the console, and waits half a minute. */
const keyAfterConsoleMs = 60_000;
/** A quiet machine is asked this often: each question costs the guest, and a hundred guests the host. */
const keyWhenQuietMs = 10_000;
const touchMark = '/run/lab/security-key/wants-touch';

export interface VirtualMachineOptions {
  spec: VmSpec;
  /** The session's disk on this host, where the machine's sockets are. */
  disk: string;
  acceleration: 'kvm' | 'emulation';
  tampered: TamperKind[];
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
  #qmp: QmpClient | undefined;
  #watch: Socket | undefined;
  #timers: NodeJS.Timeout[] = [];
  #wantsTouch = false;
  #isAskingKey = false;
  #keyAskedAt = 0;
  #consoleAt = 0;
  /** QEMU is being ended on purpose. */
  #isEnding = false;
  #isClosed = false;
  #shown = '';

  constructor(options: VirtualMachineOptions) {
    this.#options = options;
    this.spec = options.spec;
    this.tampered = [...options.tampered];
    this.agent = new AgentClient(this.#socket('agent'));
    this.window = new WindowReader(this.agent);
    this.#tracker = new BootTracker(Date.now());
  }

  get view(): VmView {
    const { power, phase, since, trouble, detail } = this.#tracker.state;
    const window = this.window.last;
    return {
      power,
      ...(power === 'on' && phase !== undefined ? { phase } : {}),
      since,
      acceleration: this.#options.acceleration,
      firmware: this.spec.firmware,
      hasTpm: this.spec.tpm,
      hasScreen: this.spec.screen,
      hasSecurityKey: this.spec.securityKey,
      wantsTouch: this.#wantsTouch,
      ...(trouble === undefined ? {} : { trouble }),
      ...(detail === undefined ? {} : { detail }),
      tampered: [...this.tampered],
      ...(window === undefined ? {} : { window }),
    };
  }

  get phase(): VmView['phase'] {
    return this.#tracker.state.phase;
  }

  /** QEMU's version, while it runs. */
  get qemuVersion(): string | undefined {
    return this.#qmp?.version;
  }

  /**
   * Waits for QEMU, which may just be starting, and listens to it from then on.
   * @param start number of the start, as in `LaunchPlan`
   * @throws {Error} when it ends instead, or does not come in time
   */
  async attach(start: number, signal: AbortSignal): Promise<void> {
    const qmp = await this.#untilQemu(start, signal);
    this.#isEnding = false;
    this.#qmp = qmp;
    qmp.onEvent((event) => this.#onEvent(event));
    qmp.onClose(() => this.#onQemuGone(qmp));
    const watch = await connectSandboxSocket(this.#socket('watch'));
    this.#watch = watch;
    watch.on('data', (chunk: Buffer) => {
      this.#consoleAt = Date.now();
      this.#tracker.console(chunk, Date.now());
      this.changed();
    });
    watch.on('error', () => watch.destroy());
    this.#startTimers();
  }

  /** For a machine that the server before has started: what its state is now. */
  async recognise(): Promise<void> {
    const { status } = await this.#execute<{ status: string }>('query-status');
    const now = Date.now();
    if (status === 'running') {
      this.#tracker.resumed('system', now, true);
      if (await this.agent.isThere(1_000)) this.#tracker.agentAnswered(Date.now());
    } else if (status === 'guest-panicked') this.#tracker.event('GUEST_PANICKED', {}, now);
    else if (status === 'io-error') this.#tracker.event('BLOCK_IO_ERROR', { nospace: true }, now);
    else this.#tracker.off(now);
    this.changed();
  }

  /** Waits until its boot is somewhere. @throws {LabError} when there is a trouble, or it takes longer */
  async untilPhase(phases: readonly VmView['phase'][], timeoutMs: number, signal: AbortSignal): Promise<void> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      signal.throwIfAborted();
      const { phase, trouble, detail } = this.#tracker.state;
      if (phases.includes(phase)) return;
      const found = trouble === undefined ? phase : `${trouble} (${detail ?? ''})`;
      if (trouble !== undefined || Date.now() > until) {
        const expected = phases.join(' or ');
        throw new LabError('LAB_ERR_EXEC', `machine ${this.spec.name}: found ${found}, expected ${expected}`);
      }
      await delay(phaseEveryMs, undefined, { signal });
    }
  }

  /** Types at its console, as a person would. */
  type(text: string): void {
    this.#watch?.write(text);
  }

  /** Starts a machine that has waited since QEMU was started: its firmware begins. */
  async begin(): Promise<void> {
    this.#tracker.begin(Date.now());
    await this.#execute('cont');
    this.changed();
  }

  /** Goes on from a saved state. @param file in the machine's container @param phase where its boot was */
  async restore(file: string, phase: NonNullable<VmView['phase']>): Promise<void> {
    const qmp = this.#running();
    await qmp.execute('migrate-set-capabilities', { capabilities: migrationCapabilities });
    const ended = this.#migrated(restoreTimeoutMs);
    ended.catch(() => undefined);
    await qmp.execute('migrate-incoming', { uri: `file:${file}` });
    await ended;
    await qmp.execute('cont');
    this.#tracker.resumed(phase, Date.now());
    this.changed();
  }

  /** Writes the devices' state; the machine is paused afterwards, its memory file and disks rest until `goOn`. */
  async save(file: string): Promise<void> {
    const qmp = this.#running();
    await qmp.execute('stop');
    await qmp.execute('migrate-set-capabilities', { capabilities: migrationCapabilities });
    const ended = this.#migrated(saveTimeoutMs);
    ended.catch(() => undefined);
    await qmp.execute('migrate', { uri: `file:${file}` });
    await ended;
  }

  async goOn(): Promise<void> {
    await this.#execute('cont');
  }

  /** @returns false when QEMU is gone, so that it has to be started anew */
  async power(action: PowerAction): Promise<boolean> {
    const isOn = this.#tracker.state.power === 'on';
    if (this.#qmp === undefined || this.#qmp.isClosed) return action !== 'start' && action !== 'reset';
    if (action === 'stop') await this.#execute('system_powerdown');
    else if (action === 'unplug') {
      await this.#execute('stop');
      this.#tracker.off(Date.now());
    } else if (action === 'reset' || !isOn) await this.#reset();
    this.changed();
    return true;
  }

  /** Nobody answers where the machine should be. */
  lost(detail: string): void {
    this.#tracker.lost('qemu-lost', detail);
    this.changed();
  }

  /** Ends QEMU, as pulling the plug does: for changes of files that it has open. */
  async quit(): Promise<void> {
    const qmp = this.#qmp;
    if (qmp === undefined || qmp.isClosed) return;
    this.#isEnding = true;
    const gone = Promise.withResolvers<void>();
    qmp.onClose(() => gone.resolve());
    await qmp.execute('quit').catch((failure: unknown) => {
      if (!(failure instanceof QmpError)) throw failure;
    });
    await Promise.race([gone.promise, delay(resetTimeoutMs)]);
    this.#tracker.off(Date.now());
    this.changed();
  }

  async touchSecurityKey(): Promise<void> {
    if (!this.#wantsTouch) {
      throw new LabError('LAB_ERR_BUSY', `the security key of ${this.spec.name} does not wait for a touch now`);
    }
    const run = { path: '/usr/lib/lab/security-key', args: ['touch'], timeoutMs: resetTimeoutMs };
    const { exitCode, stderr } = await this.agent.exec(run);
    if (exitCode !== 0) throw new LabError('LAB_ERR_EXEC', `the security key was not touched: ${stderr.trim()}`);
    await this.#askKey();
  }

  /** The shell and what runs in it learn the size as from a real terminal. Never throws: a size is no need. */
  async resizeConsole(columns: number, rows: number): Promise<void> {
    if (this.phase !== 'ready') return;
    const args = ['-F', '/dev/ttyS0', 'cols', String(columns), 'rows', String(rows)];
    await this.agent.exec({ path: '/bin/stty', args, timeoutMs: resetTimeoutMs }).catch(() => undefined);
  }

  /** Tells those who watch, if what they see has changed. */
  changed(): void {
    const shown = JSON.stringify(this.view);
    if (shown === this.#shown || this.#isClosed) return;
    this.#shown = shown;
    this.#options.onChange();
  }

  close(): void {
    this.#isClosed = true;
    this.#disconnect();
  }

  #disconnect(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    this.agent.close();
    this.#watch?.destroy();
    this.#qmp?.close();
  }

  #startTimers(): void {
    for (const timer of this.#timers) clearInterval(timer);
    const tick = async () => {
      this.#tracker.tick(Date.now());
      await this.#askTpm();
      this.changed();
    };
    this.#timers = [setInterval(() => void tick(), tickEveryMs)];
    if (this.spec.securityKey) this.#timers.push(setInterval(() => void this.#askKeyIfDue(), keyEveryMs));
    for (const timer of this.#timers) timer.unref();
  }

  async #askTpm(): Promise<void> {
    const { power, trouble } = this.#tracker.state;
    const qmp = this.#qmp;
    if (!this.spec.tpm || power === 'off' || trouble !== undefined || qmp === undefined) return;
    if (await isTpmLost(qmp)) this.#tracker.lost('tpm-lost', 'the program that is its TPM has ended');
  }

  async #askKeyIfDue(): Promise<void> {
    const now = Date.now();
    const isQuiet = now - this.#consoleAt > keyAfterConsoleMs;
    if (!isQuiet || this.#wantsTouch || now - this.#keyAskedAt > keyWhenQuietMs) await this.#askKey();
  }

  /** Opening a file is one question to the agent, and starts no program in the guest. */
  async #askKey(): Promise<void> {
    if (this.#isAskingKey) return;
    this.#isAskingKey = true;
    this.#keyAskedAt = Date.now();
    try {
      this.#wantsTouch = this.phase === 'ready' && (await this.#hasFile(touchMark));
      this.changed();
    } finally {
      this.#isAskingKey = false;
    }
  }

  async #hasFile(path: string): Promise<boolean> {
    try {
      const handle = await this.agent.request<number>('guest-file-open', { path, mode: 'r' }, keyEveryMs);
      await this.agent.request('guest-file-close', { handle });
      return true;
    } catch {
      // Not there, or nobody to ask: the button is not shown.
      return false;
    }
  }

  async #reset(): Promise<void> {
    const qmp = this.#running();
    const done = qmp.nextEvent(({ event }) => event === 'RESET', resetTimeoutMs);
    done.catch(() => undefined);
    await qmp.execute('system_reset');
    await done;
    await qmp.execute('cont');
    this.#tracker.begin(Date.now());
  }

  async #migrated(timeoutMs: number): Promise<void> {
    const { data } = await this.#running().nextEvent(
      ({ event, data: { status } }) => event === 'MIGRATION' && (status === 'completed' || status === 'failed'),
      timeoutMs,
    );
    if (data['status'] === 'completed') return;
    const query = await this.#execute<{ 'error-desc'?: string }>('query-migrate').catch(() => ({}));
    const reason = 'error-desc' in query ? query['error-desc'] : 'QEMU gave no reason';
    throw new LabError(
      'LAB_ERR_EXEC',
      `the state of machine ${this.spec.name} is damaged or of another QEMU: ${reason}`,
    );
  }

  async #untilQemu(start: number, signal: AbortSignal): Promise<QmpClient> {
    const until = Date.now() + qemuTimeoutMs;
    for (;;) {
      signal.throwIfAborted();
      try {
        return await QmpClient.connect(this.#socket('qmp'));
      } catch (failure) {
        const code = (failure as NodeJS.ErrnoException).code;
        if (code !== 'ENOENT' && code !== 'ECONNREFUSED' && !(failure instanceof QmpError)) throw failure;
      }
      if (await this.#hasEnded(start)) throw new Error(`QEMU of machine ${this.spec.name} ended at once`);
      if (Date.now() > until) throw new Error(`QEMU of machine ${this.spec.name} did not start in time`);
      await delay(lookEveryMs);
    }
  }

  /** The container says so with a file of that name. */
  #hasEnded(start: number): Promise<boolean> {
    return lstat(`${this.#options.disk}/${this.spec.name}-ended-${start}`).then(
      () => true,
      () => false,
    );
  }

  #onEvent({ event, data }: QmpEvent): void {
    this.#tracker.event(event, data, Date.now());
    this.changed();
  }

  #onQemuGone(qmp: QmpClient): void {
    if (qmp !== this.#qmp || this.#isClosed) return;
    this.#watch?.destroy();
    if (!this.#isEnding) {
      this.#tracker.lost('qemu-lost', 'QEMU has ended without being asked to');
      this.#wantsTouch = false;
    }
    this.changed();
  }

  #execute<Result>(command: string): Promise<Result> {
    return this.#running().execute<Result>(command);
  }

  #running(): QmpClient {
    if (this.#qmp === undefined || this.#qmp.isClosed) {
      throw new LabError('LAB_ERR_EXEC', `QEMU of machine ${this.spec.name} does not run; switch the machine on`);
    }
    return this.#qmp;
  }

  #socket(name: Parameters<typeof socketPath>[2]): string {
    return socketPath(this.#options.disk, this.spec.name, name);
  }
}

/** Memory lies in a file that both sides know; events say when it is done. */
const migrationCapabilities = [
  { capability: 'x-ignore-shared', state: true },
  { capability: 'events', state: true },
];
