// What readers may do with their own sessions. Independent of HTTP and sockets; the rules are in session-life.ts.
import { LabError } from '../errors.ts';
import type { LabCatalogue } from '../../labs/lab-catalogue.ts';
import type { Lab } from '../../labs/read-lab.ts';
import type {
  CheckResult,
  LabView,
  MachineView,
  PowerAction,
  SessionView,
  TamperKind,
  TerminalView,
} from '../protocol/messages.ts';
import { ConnectedPages, type ConnectedPageOptions } from './connected-pages.ts';
import type { MachineActions } from './machine-actions.ts';
import { ReaderTerminals, type ReaderTerminalOptions } from './reader-terminals.ts';
import { runCheck } from './run-check.ts';
import { notReady, type Entry, type SessionBook } from './session-book.ts';
import type { SessionLife } from './session-life.ts';
import { endOf, isAlive, isSeated, mayExtend } from './session-record.ts';
import type { SessionRestore } from './session-restore.ts';
import type { ConnectedPage, ConnectedScreen, Health, SessionService } from './session-service.ts';
import { StartRules, type StartRuleOptions } from './start-rules.ts';

export interface RegistryOptions extends StartRuleOptions, ReaderTerminalOptions, ConnectedPageOptions {
  labs: LabCatalogue;
  restore: SessionRestore;
  /** What does not work at the moment, one sentence each, for /health. */
  problems: () => string[];
  life: SessionLife;
  actions: MachineActions;
}

export class SessionRegistry implements SessionService {
  readonly #options: RegistryOptions;
  readonly #book: SessionBook;
  readonly #life: SessionLife;
  readonly #rules: StartRules;
  readonly #terminals: ReaderTerminals;
  readonly #pages: ConnectedPages;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#book = options.book;
    this.#life = options.life;
    this.#rules = new StartRules(options);
    this.#terminals = new ReaderTerminals(options);
    this.#pages = new ConnectedPages(options);
  }

  labs(): LabView[] {
    return this.#book.labs();
  }

  async lab(id: string): Promise<LabView> {
    const { readiness } = this.#options;
    const broken = this.#book.brokenLab(id);
    if (broken !== undefined) return broken;
    const lab = this.#book.lab(id);
    await readiness.readStates(lab);
    return readiness.view(lab);
  }

  list(reader: string): SessionView[] {
    return this.#book
      .all()
      .filter(({ record }) => record.reader === reader)
      .map((entry) => this.#book.view(entry));
  }

  get(reader: string, id: string): SessionView {
    return this.#book.view(this.#book.own(reader, id));
  }

  async start(
    reader: string,
    labId: string,
    from?: string,
    address?: string,
  ): Promise<{ session: SessionView; isNew: boolean }> {
    const find = () => this.#ofReader(reader).find((entry) => entry.lab.id === labId);
    // The session continues, whatever has happened to its lab.
    const there = find();
    if (there !== undefined) return { session: this.#book.view(there), isNew: false };
    const lab = this.#book.lab(labId);
    if (from !== undefined) await this.#rules.requireState(lab, from);
    // No await from here on: two simultaneous requests must not make two sessions.
    const readiness = this.#options.readiness.view(lab);
    if (readiness.state === 'no-engine')
      throw new LabError('LAB_ERR_NO_ENGINE', readiness.detail ?? 'no sandbox engine');
    const own = this.#ofReader(reader);
    const running = find();
    if (running !== undefined) return { session: this.#book.view(running), isNew: false };
    this.#rules.requireFewer(own);
    this.#rules.requireRoom(address);
    if (readiness.state === 'failed') this.#options.readiness.prepare(labId);
    const entry = this.#life.begin(reader, lab, { from });
    if (address !== undefined) entry.address = address;
    return { session: this.#book.view(entry), isNew: true };
  }

  async end(reader: string, id: string): Promise<SessionView> {
    const entry = this.#book.own(reader, id);
    await this.#life.end(entry, 'by-reader');
    return this.#book.view(entry);
  }

  extend(reader: string, id: string): SessionView {
    const entry = this.#book.own(reader, id);
    const { record, lab } = entry;
    if (!isAlive(record)) throw notReady(record);
    if (!mayExtend(entry)) {
      throw new LabError(
        'LAB_ERR_TOO_MANY',
        `this lab may be extended ${lab.file.limits.extensions} times, and already has been`,
      );
    }
    // Activity alone postpones the idle limit; postponing the total limit costs one extension.
    if (endOf(entry).endsBecause === 'time-limit') this.#book.change(entry, { extensions: record.extensions + 1 });
    this.#book.used(entry);
    this.#book.tell(entry);
    return this.#book.view(entry);
  }

  async reset(reader: string, id: string, from?: string | null, address?: string): Promise<SessionView> {
    const lab = this.#book.lab(this.#book.own(reader, id).lab.id);
    if (typeof from === 'string') await this.#rules.requireState(lab, from);
    // Looked up again: another page may have reset it meanwhile.
    const entry = this.#book.own(reader, id);
    const running = this.#ofReader(reader).find((other) => other.lab.id === lab.id && other !== entry);
    if (running !== undefined) return this.#book.view(running);
    // One that has ended gives no place to the next.
    if (!isAlive(entry.record)) {
      this.#rules.requireFewer(this.#ofReader(reader));
      this.#rules.requireRoom(address);
    }
    const begin = from === undefined ? entry.record.from : (from ?? undefined);
    const keepsSeat = isSeated(entry.record);
    entry.hasGivenSeat = keepsSeat;
    try {
      const next = this.#life.begin(reader, lab, { from: begin, keepsSeat });
      if (address !== undefined) next.address = address;
      this.#life.endSoon(entry, 'reset');
      return this.#book.view(next);
    } catch (failure) {
      entry.hasGivenSeat = false;
      throw failure;
    }
  }

  async openTerminal(reader: string, id: string, machine: string): Promise<TerminalView> {
    return this.#terminals.open(this.#book.ready(reader, id), machine);
  }

  async closeTerminal(reader: string, id: string, number: number): Promise<void> {
    await this.#terminals.close(this.#book.ready(reader, id), number);
  }

  async power(reader: string, id: string, machine: string, action: PowerAction): Promise<MachineView> {
    return this.#options.actions.power(this.#book.ready(reader, id), machine, action);
  }

  async tamper(reader: string, id: string, machine: string, kind: TamperKind | 'undo'): Promise<MachineView> {
    return this.#options.actions.tamper(this.#book.ready(reader, id), machine, kind);
  }

  async touch(reader: string, id: string, machine: string): Promise<MachineView> {
    return this.#options.actions.touch(this.#book.ready(reader, id), machine);
  }

  async readWindow(reader: string, id: string, machine: string): Promise<MachineView> {
    return this.#options.actions.readWindow(this.#book.ready(reader, id), machine);
  }

  async openScreen(reader: string, id: string, machine: string): Promise<ConnectedScreen> {
    return this.#options.actions.openScreen(this.#book.ready(reader, id), machine);
  }

  async check(reader: string, id: string, check: string): Promise<CheckResult> {
    const entry = this.#book.ready(reader, id);
    if (entry.isChecking)
      throw new LabError('LAB_ERR_BUSY', 'another check of this session is running; try again in a moment');
    entry.isChecking = true;
    this.#book.used(entry);
    try {
      return await runCheck(this.#options.engine, id, this.#withChecksNow(entry.lab), check);
    } finally {
      entry.isChecking = false;
      this.#options.readings.soon(id);
    }
  }

  async connect(reader: string, id: string): Promise<ConnectedPage> {
    return this.#pages.connect(this.#book.own(reader, id));
  }

  /**
   * The checks are those of the lab's current files, for authors who write them with a session open; while the lab is broken,
   * the previous ones.
   */
  #withChecksNow(lab: Lab): Lab {
    const now = this.#options.labs.find(lab.id);
    return now === undefined ? lab : { ...lab, file: { ...lab.file, checks: now.file.checks } };
  }

  whenRestored(reader: string | undefined): Promise<void> {
    return this.#options.restore.of(reader);
  }

  health(): Health {
    const problems = this.#options.problems();
    return {
      status: problems.length === 0 ? 'ok' : 'degraded',
      sessions: this.#book.seated(),
      seats: this.#options.seats,
      queued: this.#book.all().filter(({ record }) => record.state === 'queued').length,
      prepared: this.#options.sandboxes.waiting.length,
      problems,
    };
  }

  #ofReader(reader: string): Entry[] {
    return this.#book.all().filter(({ record }) => record.reader === reader && isAlive(record));
  }
}
