// Tells pages what the engine reports about virtual machines, but not too often. Stores nothing.
import type { Logger } from 'pino';
import type { Engine } from '../machines/engine.ts';
import type { VmView } from '../protocol/messages.ts';
import type { SessionBook } from './session-book.ts';
import type { SessionRounds } from './session-rounds.ts';
import type { TerminalNews } from './terminal-news.ts';
import type { WindowReadings } from './window-readings.ts';

/** Pages are told about a session's machines at most four times a second: a boot may pass through several phases in a moment. */
const tellEveryMs = 250;

export interface VmNewsOptions {
  book: SessionBook;
  rounds: SessionRounds;
  terminalNews: TerminalNews;
  readings: WindowReadings;
  engine: Engine;
  log: Logger;
}

interface Told {
  timer: NodeJS.Timeout;
  /** Something has changed since pages were told. */
  hasMore: boolean;
}

export class VmNews {
  readonly #options: VmNewsOptions;
  readonly #told = new Map<string, Told>();
  /** By session: the machines as of their last change. */
  readonly #before = new Map<string, Record<string, VmView>>();

  constructor(options: VmNewsOptions) {
    this.#options = options;
    options.engine.onVmChange((id) => this.#changed(id));
  }

  close(): void {
    for (const { timer } of this.#told.values()) clearTimeout(timer);
    this.#told.clear();
  }

  #changed(id: string): void {
    const entry = this.#options.book.find(id);
    if (entry?.record.state !== 'ready') return void this.#before.delete(id);
    this.#compare(id);
    const told = this.#told.get(id);
    if (told !== undefined) told.hasMore = true;
    else this.#tell(id);
  }

  #tell(id: string): void {
    const entry = this.#options.book.find(id);
    if (entry?.record.state === 'ready') this.#options.book.tell(entry);
    const timer = setTimeout(() => {
      const { hasMore } = this.#told.get(id) ?? { hasMore: false };
      this.#told.delete(id);
      if (hasMore) this.#tell(id);
    }, tellEveryMs);
    this.#told.set(id, { timer, hasMore: false });
  }

  #compare(id: string): void {
    const { engine, terminalNews, readings } = this.#options;
    if (!this.#before.has(id)) this.#forgetEnded();
    const before = this.#before.get(id) ?? {};
    const now = engine.vms(id);
    this.#before.set(id, now);
    for (const [machine, vm] of Object.entries(now)) {
      const was = before[machine];
      // A shell that has just started does not know the size of the terminal. A machine about which this is the first news
      // has not just booted: it is a clone, or from the previous server.
      const isNew = was === undefined || (was.phase === 'ready' && was.since === vm.since);
      const hasBooted = vm.phase === 'ready' && !isNew;
      if (hasBooted) {
        void terminalNews.sizeConsoles(id, machine);
        readings.soon(id);
      }
      if (vm.phase !== 'ready' && (was === undefined || was.phase === 'ready')) {
        void terminalNews.leavePrompts(id, machine);
      }
      if (vm.power === 'off' && was?.power === 'on') void terminalNews.leavePrompts(id, machine, true);
      if (vm.trouble === 'qemu-lost' && was?.trouble !== 'qemu-lost') this.#checkMachine(id);
    }
  }

  #forgetEnded(): void {
    for (const id of this.#before.keys()) {
      if (this.#options.book.find(id)?.record.state !== 'ready') this.#before.delete(id);
    }
  }

  /** The sandbox may be gone as well, and none of its shells would report that. */
  #checkMachine(id: string): void {
    const { book, rounds, log } = this.#options;
    const entry = book.find(id);
    if (entry === undefined) return;
    rounds.checkMachine(entry).catch((failure: unknown) => log.warn({ session: id, failure }, 'state unknown'));
  }
}
