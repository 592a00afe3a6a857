// Starts sandboxes with their terminals, some of them ahead of the reader. Knows labs and the engine, not readers.
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Lab } from '../../labs/read-lab.ts';
import type { Engine } from '../machines/engine.ts';
import type { TerminalService } from '../terminals/terminal-service.ts';

/** After a failed start ahead of a reader: the next try. A host that is out of memory needs some time. */
const retryMs = 30_000;

export interface SandboxOptions {
  engine: Engine;
  terminals: TerminalService;
  log: Logger;
  /** How many wait per lab. */
  prepared: number;
  signal: AbortSignal;
}

export class Sandboxes {
  readonly #options: SandboxOptions;
  readonly #waiting = new Map<string, string[]>();
  /** Ids that are being started or ended: not for the reaper. */
  readonly #busy = new Set<string>();
  readonly #filling = new Map<string, Promise<void>>();

  constructor(options: SandboxOptions) {
    this.#options = options;
  }

  /** Session and sandbox have one id: 16 hexadecimal digits. */
  newId(): string {
    return randomBytes(8).toString('hex');
  }

  /** Machines, then the lab's terminals, numbered from 1. On failure nothing is left. @throws {LabError} */
  async start(id: string, lab: Lab): Promise<void> {
    const { engine, signal } = this.#options;
    this.#busy.add(id);
    try {
      const machines = lab.file.machines.map(({ name, image, memory, cpus, pids }) => {
        return { name, image, memoryMiB: memory, cpus, pids };
      });
      const filesDir = lab.filesDir === undefined ? {} : { filesDir: lab.filesDir };
      await engine.start({ id, lab: lab.id, machines, diskMiB: lab.file.disk, ...filesDir }, signal);
      await this.openTerminals(id, lab, 1);
    } catch (failure) {
      await this.stop(id);
      throw failure;
    } finally {
      this.#busy.delete(id);
    }
  }

  /** The terminals that lab.yaml names, numbered from `first`. */
  async openTerminals(id: string, lab: Lab, first: number): Promise<void> {
    const { engine, terminals } = this.#options;
    for (const [index, { machine, title }] of lab.file.terminals.entries()) {
      const command = engine.terminalCommand(id, machine, index + 1);
      await terminals.open({ session: id, number: first + index, machine, title: title ?? machine, command });
    }
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
  take(lab: Lab): string | undefined {
    const id = this.#waiting.get(lab.id)?.shift();
    this.fill(lab);
    return id;
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
    const { log, prepared, signal } = this.#options;
    const waiting = this.#waiting.get(lab.id) ?? [];
    this.#waiting.set(lab.id, waiting);
    try {
      while (waiting.length < prepared && !signal.aborted) {
        const id = this.newId();
        await this.start(id, lab);
        waiting.push(id);
      }
    } catch (failure) {
      if (signal.aborted) return;
      log.warn({ lab: lab.id, failure }, 'no sandbox could be prepared');
      const retry = setTimeout(() => this.fill(lab), retryMs);
      signal.addEventListener('abort', () => clearTimeout(retry), { once: true });
    }
  }

  /** A waiting sandbox whose machine died must not be given away. */
  discard(id: string): boolean {
    for (const waiting of this.#waiting.values()) {
      const index = waiting.indexOf(id);
      if (index >= 0) {
        waiting.splice(index, 1);
        return true;
      }
    }
    return false;
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
    this.#waiting.clear();
    for (const result of await Promise.allSettled(ended)) {
      if (result.status === 'rejected') this.#options.log.warn({ failure: result.reason }, 'left for the next server');
    }
  }

  /** Whether the server is stopping: a start that fails now says nothing about the host. */
  get isStopping(): boolean {
    return this.#options.signal.aborted;
  }

  get waiting(): string[] {
    return [...this.#waiting.values()].flat();
  }
}
