// Starts sandboxes with their terminals, some of them ahead of the reader. Knows labs and the engine, not readers.
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Lab } from '../../labs/read-lab.ts';
import { LabError } from '../errors.ts';
import type { Engine } from '../machines/engine.ts';
import type { TerminalView } from '../protocol/messages.ts';
import type { TerminalService } from '../terminals/terminal-service.ts';
import { isVm, labMachines } from './lab-machines.ts';
import { SandboxTurns } from './sandbox-turns.ts';
import type { StartSlots } from './start-slots.ts';

/** Pause after a failed start ahead of a reader: a host that is out of memory needs some time. */
const retryMs = 30_000;
/** For eight machines with full disks to unpack on a busy host; if it takes longer, it hangs. */
const startWithinMs = 15 * 60_000;

export interface SandboxOptions {
  engine: Engine;
  terminals: TerminalService;
  log: Logger;
  /** How many are prepared per lab, from its beginning and from the state that was last requested. */
  prepared: number;
  slots: StartSlots;
  /** Whether the host has memory for one more sandbox of the lab. */
  hasMemory: (lab: Lab) => boolean;
  /** The lab as its files are now: the same object until they change. */
  labNow: (id: string) => Lab | undefined;
  signal: AbortSignal;
}

interface Waiting {
  id: string;
  lab: string;
  /** The state that it was started from; undefined: the lab's beginning. */
  from: string | undefined;
}

export class Sandboxes {
  readonly #options: SandboxOptions;
  #waiting: Waiting[] = [];
  /** By lab: the state that was last requested. A reader who resets, or reads the same lesson, wants it again. */
  readonly #asked = new Map<string, string>();
  /** Starts and ends of each sandbox; the reaper leaves these sandboxes alone. */
  readonly #turns = new SandboxTurns();
  readonly #stopping = new Map<string, Promise<void>>();
  readonly #filling = new Map<string, Promise<void>>();
  #onUnprepared: (lab: Lab) => void = () => undefined;

  constructor(options: SandboxOptions) {
    this.#options = options;
  }

  /** One listener, called when a start has failed because what sessions of the lab start from is gone or damaged. */
  onUnprepared(listener: (lab: Lab) => void): void {
    this.#onUnprepared = listener;
  }

  /** Session and sandbox have one id: 16 hexadecimal digits. */
  newId(): string {
    return randomBytes(8).toString('hex');
  }

  /**
   * Starts the machines, then the lab's terminals, numbered from 1, when its turn has come. After a failure nothing is left behind.
   * @param from a named state, which must exist. @throws {LabError}
   */
  start(id: string, lab: Lab, from?: string, isAhead = false): Promise<void> {
    const { signal, slots } = this.#options;
    return this.#turns.run(id, (ended) => {
      const ends = AbortSignal.any([signal, ended]);
      return slots.run(!isAhead, () => this.#startNow(id, lab, from, ends), ends);
    });
  }

  async #startNow(id: string, lab: Lab, from: string | undefined, ended: AbortSignal): Promise<void> {
    const { engine, log } = this.#options;
    const tooLong = AbortSignal.timeout(startWithinMs);
    const ends = AbortSignal.any([ended, tooLong]);
    try {
      await engine.start({ ...labMachines(lab), id, ...(from === undefined ? {} : { from }) }, ends);
      ends.throwIfAborted();
      await this.openTerminals(id, lab, 1);
    } catch (failure) {
      // What cannot be removed now is left for the reaper; the reader is told why the start failed.
      await this.#remove(id).catch((left: unknown) => log.warn({ sandbox: id, failure: left }, 'left for the reaper'));
      if (failure instanceof LabError && failure.code === 'LAB_ERR_IMAGE') this.#onUnprepared(lab);
      if (!tooLong.aborted) throw failure;
      const message = `the sandbox did not start within ${startWithinMs / 60_000} minutes; it has been removed`;
      throw new LabError('LAB_ERR_START', message, failure);
    }
  }

  /**
   * The terminals that lab.yaml names, numbered from `first`.
   * @param isAgain they existed before: an Enter to wake a console could answer a question of its machine.
   */
  async openTerminals(id: string, lab: Lab, first: number, isAgain = false): Promise<void> {
    for (const terminal of firstTerminals(lab, first)) await this.openTerminal(id, terminal, isAgain);
  }

  /** Opens the lab's terminals again, in turn: none is opened for a sandbox that is being ended. @throws {LabError} */
  openTerminalsAgain(id: string, lab: Lab, first: number): Promise<void> {
    return this.#turns.run(id, () => this.openTerminals(id, lab, first, true));
  }

  /** @throws {LabError} as TerminalService.open and Engine.serialConsole */
  async openTerminal(id: string, { number, machine, title, kind }: TerminalView, isAgain = false): Promise<void> {
    const { engine, terminals } = this.#options;
    const place = { session: id, number, machine, title };
    if (kind === 'shell') {
      return terminals.open({ ...place, command: engine.terminalCommand(id, machine, number) });
    }
    const serial = engine.serialConsole(id, machine);
    const isAtShell = engine.vms(id)[machine]?.phase === 'ready';
    await terminals.open({ ...place, serial: isAgain && !isAtShell ? { ...serial, wake: '' } : serial });
  }

  /** Ends a running start, waits for that, and removes the sandbox. A second call waits for the first. */
  stop(id: string): Promise<void> {
    const underWay = this.#stopping.get(id);
    if (underWay !== undefined) return underWay;
    const reason = new LabError('LAB_ERR_START', 'the sandbox was ended before it had started');
    const work = this.#turns.endAll(id, reason, () => this.#remove(id)).finally(() => this.#stopping.delete(id));
    this.#stopping.set(id, work);
    return work;
  }

  /** Removes the sandbox in any case: a pty host that does not answer must not keep it. */
  async #remove(id: string): Promise<void> {
    try {
      await this.#options.terminals.closeSession(id);
    } finally {
      await this.#options.engine.stop(id);
    }
  }

  /** A prepared sandbox, if there is one that still runs; another is started in its place. */
  take(lab: Lab, from?: string): string | undefined {
    if (from !== undefined) this.#asked.set(lab.id, from);
    const found = this.peek(lab, from);
    if (found !== undefined) this.discard(found);
    const asked = this.#asked.get(lab.id);
    this.#endWaiting((other) => other.lab === lab.id && other.from !== undefined && other.from !== asked);
    this.fill(lab);
    return found;
  }

  /** The one that `take` would return. */
  peek(lab: Lab, from?: string): string | undefined {
    return this.#waiting.find((waiting) => waiting.lab === lab.id && waiting.from === from)?.id;
  }

  /** The lab's waiting sandboxes no longer match the lab. */
  forgetLab(labId: string): void {
    this.#endWaiting(({ lab }) => lab === labId);
  }

  #endWaiting(isOver: (waiting: Waiting) => boolean): void {
    for (const waiting of this.#waiting.filter(isOver)) {
      this.discard(waiting.id);
      this.stop(waiting.id).catch((failure: unknown) => this.#options.log.warn({ failure }, 'left for the reaper'));
    }
  }

  /** Starts sandboxes until as many are prepared as the setting says. Never throws: a reader's own start will report what is wrong. */
  fill(lab: Lab): void {
    if (this.#filling.has(lab.id) || this.isStopping) return;
    this.#filling.set(
      lab.id,
      this.#fill(lab).finally(() => {
        this.#filling.delete(lab.id);
        const now = this.#options.labNow(lab.id);
        if (now !== undefined && now !== lab) this.fill(now);
      }),
    );
  }

  async #fill(lab: Lab): Promise<void> {
    const { log, signal } = this.#options;
    let from: string | undefined;
    try {
      for (let next = this.#missing(lab); next !== undefined && !signal.aborted; next = this.#missing(lab)) {
        ({ from } = next);
        if (!this.#options.hasMemory(lab)) throw new Error('not enough memory is free');
        const id = this.newId();
        await this.start(id, lab, from, true);
        // Another state may have been requested meanwhile, and the lab's files may have changed.
        const isWanted = from === undefined || from === this.#asked.get(lab.id);
        if (isWanted && this.#isNow(lab)) this.#waiting.push({ id, lab: lab.id, from });
        else await this.stop(id);
      }
    } catch (failure) {
      if (signal.aborted) return;
      log.warn({ lab: lab.id, from, failure }, 'no sandbox could be prepared');
      // The state may be gone: only a reader's request brings it back.
      if (from !== undefined) this.#asked.delete(lab.id);
      const retry = setTimeout(() => this.fill(this.#options.labNow(lab.id) ?? lab), retryMs);
      signal.addEventListener('abort', () => clearTimeout(retry), { once: true });
    }
  }

  #isNow(lab: Lab): boolean {
    return this.#options.labNow(lab.id) === lab;
  }

  /** The start for which too few sandboxes are prepared. */
  #missing(lab: Lab): Pick<Waiting, 'from'> | undefined {
    const { id } = lab;
    if (!this.#isNow(lab)) return undefined;
    for (const from of new Set([undefined, this.#asked.get(id)])) {
      const there = this.#waiting.filter((waiting) => waiting.lab === id && waiting.from === from);
      if (there.length < this.#options.prepared) return { from };
    }
    return undefined;
  }

  /** A waiting sandbox whose machine died must not be given away. */
  discard(id: string): boolean {
    const before = this.#waiting.length;
    this.#waiting = this.#waiting.filter((waiting) => waiting.id !== id);
    return this.#waiting.length < before;
  }

  /** Ends every sandbox and terminal that belongs to no session and is not being started. */
  async reap(isSession: (id: string) => boolean): Promise<void> {
    const { engine, terminals, log } = this.#options;
    const isKnown = (id: string) => isSession(id) || this.#turns.isBusy(id) || this.waiting.includes(id);
    const found = new Set([...(await engine.list()), ...(await terminals.list()).map(({ session }) => session)]);
    for (const id of found) {
      if (isKnown(id)) continue;
      log.info({ sandbox: id }, 'reaping a sandbox that belongs to no session');
      // A sandbox that cannot be removed now must not hold up the others.
      await this.stop(id).catch((failure: unknown) => log.warn({ sandbox: id, failure }, 'not removed; tried again'));
    }
  }

  /** Ends the prepared sandboxes, because nobody has worked in them. Sandboxes of sessions keep running. */
  async close(): Promise<void> {
    await Promise.all(this.#filling.values());
    const ended = this.waiting.map((id) => this.stop(id));
    this.#waiting = [];
    for (const result of await Promise.allSettled(ended)) {
      if (result.status === 'rejected') this.#options.log.warn({ failure: result.reason }, 'left for the next server');
    }
  }

  /** How many sandboxes may be starting at once. */
  get mostStarts(): number {
    return this.#options.slots.most;
  }

  /** Whether the server is stopping: a start that fails now says nothing about the host. */
  get isStopping(): boolean {
    return this.#options.signal.aborted;
  }

  get waiting(): string[] {
    return this.#waiting.map(({ id }) => id);
  }
}

/** The terminals that lab.yaml names. Of a virtual machine the first is its serial console, further ones are logins. */
export function firstTerminals(lab: Lab, first = 1): TerminalView[] {
  const terminals: TerminalView[] = [];
  for (const { machine, title } of lab.file.terminals) {
    const kind = kindOfNext(lab, machine, terminals);
    terminals.push({ number: first + terminals.length, machine, title: title ?? machine, kind, state: 'running' });
  }
  return terminals;
}

/** The kind of the machine's next terminal: there is one serial line, with one terminal on it. */
export function kindOfNext(lab: Lab, machine: string, open: readonly TerminalView[]): TerminalView['kind'] {
  const hasSerial = open.some((terminal) => terminal.machine === machine && terminal.kind === 'serial');
  return isVm(lab, machine) && !hasSerial ? 'serial' : 'shell';
}
