// What a new server does with the sessions of the previous one: it looks for each separately, a few at a time.
import type { Logger } from 'pino';
import type { LabCatalogue } from '../../labs/lab-catalogue.ts';
import { labSchema, type LabFile } from '../../labs/lab-schema.ts';
import type { Engine } from '../machines/engine.ts';
import type { TerminalView } from '../protocol/messages.ts';
import type { TerminalService } from '../terminals/terminal-service.ts';
import { firstTerminals, type Sandboxes } from './sandboxes.ts';
import type { Entry, SessionBook } from './session-book.ts';
import type { SessionLife } from './session-life.ts';
import type { SessionStore, StoredRecord } from './session-store.ts';
import { StartSlots } from './start-slots.ts';

/** Looking for sessions is mostly waiting for podman, QEMU and guests. */
const mostAtOnce = 16;

export interface RestoreOptions {
  book: SessionBook;
  life: SessionLife;
  labs: LabCatalogue;
  engine: Engine;
  terminals: TerminalService;
  sandboxes: Sandboxes;
  store: SessionStore;
  log: Logger;
}

export class SessionRestore {
  readonly #options: RestoreOptions;
  readonly #book: SessionBook;
  readonly #hasBegun = Promise.withResolvers<void>();
  #underWay: Promise<void> | undefined;

  constructor(options: RestoreOptions) {
    this.#options = options;
    this.#book = options.book;
  }

  /** Takes the stored sessions into the book; does not ask yet whether their sandboxes still run. */
  load(): void {
    for (const stored of this.#options.store.all()) {
      const labFile = this.#labFileOf(stored);
      if (labFile === undefined) continue;
      const entry = this.#book.take({ ...stored, labFile });
      entry.isUnknown = stored.state === 'ready' || stored.state === 'starting' || stored.state === 'ending';
    }
  }

  /** The lab as it was stored with the session; if the server stored none, the lab as it is now. */
  #labFileOf({ id, lab, labFile }: StoredRecord): LabFile | undefined {
    const { labs, log } = this.#options;
    const kept = labSchema.safeParse(labFile);
    const found = kept.success ? kept.data : labs.find(lab)?.file;
    if (found === undefined) log.error({ session: id, lab }, 'a session of an unknown lab is left out');
    return found;
  }

  /** Finds out which of the sessions that are still unknown have a running sandbox. Never throws; to be called again as long as there are any. */
  restore(): Promise<void> {
    this.#underWay ??= this.#restore().finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  async #restore(): Promise<void> {
    const slots = new StartSlots(mostAtOnce);
    const unknown = this.#book.all().filter(({ isUnknown }) => isUnknown);
    // One query for all of them.
    const running = unknown.length === 0 ? Promise.resolve(new Set<string>()) : this.#options.engine.running();
    // Each of them gets the failure when its turn comes.
    running.catch(() => undefined);
    for (const entry of unknown) entry.restored = slots.run(true, () => this.#find(entry, running));
    this.#hasBegun.resolve();
    await Promise.all(this.#book.all().map(({ restored }) => restored));
  }

  /** Waits until the state of each of the reader's sessions is known. @param reader absent: one without any */
  async of(reader: string | undefined): Promise<void> {
    await this.#hasBegun.promise;
    const own = this.#book.all().filter(({ record }) => record.reader === reader);
    await Promise.all(own.map(({ restored }) => restored));
  }

  /** Never throws: one session that cannot be looked for must not hold up the others; it is tried again. */
  async #find(entry: Entry, asked: Promise<ReadonlySet<string>>): Promise<void> {
    const { life, terminals, sandboxes, log } = this.#options;
    const { id, state, reason } = entry.record;
    try {
      // Terminals first: they exist whatever the engine says.
      entry.terminals = (await terminals.list(id)).map(terminalView);
      const running = await asked;
      if (state === 'ready') await this.#findReady(entry, running.has(id));
      else if (state === 'ending') life.endSoon(entry, reason ?? 'by-reader');
      // The previous server did not finish it: what it left is removed first.
      else if (state === 'starting') life.startSoon(entry, () => sandboxes.stop(id));
      entry.isUnknown = false;
    } catch (failure) {
      log.warn({ session: id, failure }, 'the state of a session is unknown; it is looked for again');
    }
  }

  async #findReady(entry: Entry, isRunning: boolean): Promise<void> {
    const { engine, life, log } = this.#options;
    const { id } = entry.record;
    if (!isRunning) return life.endSoon(entry, 'machine-died');
    await engine.findAgain(id);
    // The pty host did not survive, but the machine did, so it gets new shells.
    if (entry.terminals.length === 0) await this.openTerminalsAgain(entry);
    // The time without a server does not count as idle time.
    this.#book.used(entry);
    this.#book.tell(entry);
    log.info({ session: id }, 'the session goes on');
  }

  /** New terminals for a sandbox that lost its own. @throws {LabError} as Sandboxes.openTerminals; LAB_ERR_DISK_FULL */
  async openTerminalsAgain(entry: Entry): Promise<void> {
    const { lab, record } = entry;
    const first = record.nextTerminal;
    // Numbers are never used twice, even when the terminals cannot be opened.
    this.#book.change(entry, { nextTerminal: first + lab.file.terminals.length });
    await this.#options.sandboxes.openTerminalsAgain(record.id, lab, first);
    entry.terminals = firstTerminals(lab, first);
    entry.terminalsLostAt = Date.now();
    this.#book.tell(entry);
  }
}

function terminalView({ number, machine, title, kind, state, exitCode }: TerminalView): TerminalView {
  return { number, machine, title, kind, state, ...(exitCode === undefined ? {} : { exitCode }) };
}
