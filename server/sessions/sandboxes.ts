// Starts sandboxes with their terminals, some of them ahead of the reader. Knows labs and the engine, not readers.
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Lab } from '../../labs/read-lab.ts';
import { LabError } from '../errors.ts';
import type { Engine } from '../machines/engine.ts';
import type { TerminalView } from '../protocol/messages.ts';
import type { TerminalService } from '../terminals/terminal-service.ts';
import { isVm, labMachines } from './lab-machines.ts';
import type { StartSlots } from './start-slots.ts';

/** After a failed start ahead of a reader: the next try. A host that is out of memory needs some time. */
const retryMs = 30_000;

export interface SandboxOptions {
  engine: Engine;
  terminals: TerminalService;
  log: Logger;
  /** How many wait per lab: of its beginning, and of the state that was asked for last. */
  prepared: number;
  slots: StartSlots;
  /** Whether the host has memory for one more sandbox of the lab. */
  hasMemory: (lab: Lab) => boolean;
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
  /** By lab: the state that was asked for last. Who resets, and who reads the same lesson, wants it again. */
  readonly #asked = new Map<string, string>();
  /** Ids that are being started or ended: not for the reaper. */
  readonly #busy = new Set<string>();
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
   * Machines, then the lab's terminals, numbered from 1, when its turn has come. On failure nothing is left.
   * @param from a named state, which must be there. @throws {LabError}
   */
  start(id: string, lab: Lab, from?: string, isAhead = false): Promise<void> {
    const { engine, signal, slots, log } = this.#options;
    this.#busy.add(id);
    return slots
      .run(!isAhead, async () => {
        try {
          await engine.start({ ...labMachines(lab), id, ...(from === undefined ? {} : { from }) }, signal);
          await this.openTerminals(id, lab, 1);
        } catch (failure) {
          // What cannot be removed now is the reaper's; why the start failed is what its reader is told.
          await this.stop(id).catch((left: unknown) => log.warn({ sandbox: id, failure: left }, 'left for the reaper'));
          if (failure instanceof LabError && failure.code === 'LAB_ERR_IMAGE') this.#onUnprepared(lab);
          throw failure;
        }
      })
      .finally(() => this.#busy.delete(id));
  }

  /**
   * The terminals that lab.yaml names, numbered from `first`.
   * @param isAgain they were there before: an Enter to wake a console could answer what its machine asks.
   */
  async openTerminals(id: string, lab: Lab, first: number, isAgain = false): Promise<void> {
    for (const terminal of firstTerminals(lab, first)) await this.openTerminal(id, terminal, isAgain);
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

  async stop(id: string): Promise<void> {
    const { engine, terminals } = this.#options;
    this.#busy.add(id);
    try {
      await terminals.closeSession(id);
      await engine.stop(id);
    } finally {
      this.#busy.delete(id);
    }
  }

  /** A sandbox that waits, if there is one that still runs; another is started in its place. */
  take(lab: Lab, from?: string): string | undefined {
    if (from !== undefined) this.#asked.set(lab.id, from);
    const found = this.#waiting.find((waiting) => waiting.lab === lab.id && waiting.from === from);
    if (found !== undefined) this.discard(found.id);
    for (const { id, ...other } of this.#waiting) {
      if (other.lab !== lab.id || other.from === undefined || other.from === this.#asked.get(lab.id)) continue;
      this.discard(id);
      this.stop(id).catch((failure: unknown) => this.#options.log.warn({ failure }, 'left for the reaper'));
    }
    this.fill(lab);
    return found?.id;
  }

  /** Starts sandboxes until as many wait as shall. Never throws: a reader's own start will say what is wrong. */
  fill(lab: Lab): void {
    if (this.#filling.has(lab.id) || this.isStopping) return;
    this.#filling.set(
      lab.id,
      this.#fill(lab).finally(() => this.#filling.delete(lab.id)),
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
        // Another state may have been asked for meanwhile.
        if (from === undefined || from === this.#asked.get(lab.id)) this.#waiting.push({ id, lab: lab.id, from });
        else await this.stop(id);
      }
    } catch (failure) {
      if (signal.aborted) return;
      log.warn({ lab: lab.id, from, failure }, 'no sandbox could be prepared');
      // The state may be there no more: only a reader's asking brings it back.
      if (from !== undefined) this.#asked.delete(lab.id);
      const retry = setTimeout(() => this.fill(lab), retryMs);
      signal.addEventListener('abort', () => clearTimeout(retry), { once: true });
    }
  }

  /** What fewer wait of than shall. */
  #missing({ id }: Lab): Pick<Waiting, 'from'> | undefined {
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

  /** Ends every sandbox and terminal that belongs to no session and is not on its way. */
  async reap(isSession: (id: string) => boolean): Promise<void> {
    const { engine, terminals, log } = this.#options;
    const isKnown = (id: string) => isSession(id) || this.#busy.has(id) || this.waiting.includes(id);
    const found = new Set([...(await engine.list()), ...(await terminals.list()).map(({ session }) => session)]);
    for (const id of found) {
      if (isKnown(id)) continue;
      log.info({ sandbox: id }, 'reaping a sandbox that belongs to no session');
      await this.stop(id);
    }
  }

  /** Ends those that wait: nobody's work is in them. Sessions' own go on. */
  async close(): Promise<void> {
    await Promise.all(this.#filling.values());
    const ended = this.waiting.map((id) => this.stop(id));
    this.#waiting = [];
    for (const result of await Promise.allSettled(ended)) {
      if (result.status === 'rejected') this.#options.log.warn({ failure: result.reason }, 'left for the next server');
    }
  }

  /** How many may be on their way at once. */
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

/** What the machine's next terminal is: there is one serial line, and one terminal on it. */
export function kindOfNext(lab: Lab, machine: string, open: readonly TerminalView[]): TerminalView['kind'] {
  const hasSerial = open.some((terminal) => terminal.machine === machine && terminal.kind === 'serial');
  return isVm(lab, machine) && !hasSerial ? 'serial' : 'shell';
}
