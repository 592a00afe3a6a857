// What readers may do with their own sessions. Independent of HTTP and sockets; the rules are in session-life.ts.
import { LabError } from '../errors.ts';
import type { LabCatalogue } from '../../labs/lab-catalogue.ts';
import type { Lab } from '../../labs/read-lab.ts';
import type { Engine } from '../machines/engine.ts';
import type {
  CheckResult,
  LabView,
  MachineView,
  PowerAction,
  SessionView,
  TamperKind,
  TerminalView,
} from '../protocol/messages.ts';
import type { TerminalService } from '../terminals/terminal-service.ts';
import type { LabReadiness } from './lab-readiness.ts';
import { isVm } from './lab-machines.ts';
import { runCheck } from './run-check.ts';
import type { MachineActions } from './machine-actions.ts';
import { kindOfNext, type Sandboxes } from './sandboxes.ts';
import { notReady, type Entry, type SessionBook } from './session-book.ts';
import type { SessionLife } from './session-life.ts';
import { endOf, isAlive, isSeated, mayExtend } from './session-record.ts';
import type { WindowReadings } from './window-readings.ts';
import type { SessionRestore } from './session-restore.ts';
import type { ConnectedPage, ConnectedScreen, Health, SessionService } from './session-service.ts';

export interface RegistryOptions {
  labs: LabCatalogue;
  restore: SessionRestore;
  /** What does not work at the moment, for /health: a sentence each. */
  problems: () => string[];
  book: SessionBook;
  life: SessionLife;
  engine: Engine;
  terminals: TerminalService;
  readiness: LabReadiness;
  sandboxes: Sandboxes;
  actions: MachineActions;
  readings: WindowReadings;
  seats: number;
  sessionsPerReader: number;
  sessionsPerAddress: number;
  queuePlaces: number;
  viewersPerSession: number;
}

export class SessionRegistry implements SessionService {
  readonly #options: RegistryOptions;
  readonly #book: SessionBook;
  readonly #life: SessionLife;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#book = options.book;
    this.#life = options.life;
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
    // It continues, whatever has happened to its lab.
    const there = find();
    if (there !== undefined) return { session: this.#book.view(there), isNew: false };
    const lab = this.#book.lab(labId);
    if (from !== undefined) await this.#requireState(lab, from);
    // No await from here on: two simultaneous requests must not make two sessions.
    const readiness = this.#options.readiness.view(lab);
    if (readiness.state === 'no-engine')
      throw new LabError('LAB_ERR_NO_ENGINE', readiness.detail ?? 'no sandbox engine');
    const own = this.#ofReader(reader);
    const running = find();
    if (running !== undefined) return { session: this.#book.view(running), isNew: false };
    if (own.length >= this.#options.sessionsPerReader) {
      const names = own.map((entry) => entry.lab.file.title).join(', ');
      throw new LabError('LAB_ERR_TOO_MANY', `you have ${own.length} labs running (${names}); end one of them first`);
    }
    this.#requireRoom(address);
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
    // The idle limit is answered by activity alone; the total limit costs one extension.
    if (endOf(entry).endsBecause === 'time-limit') this.#book.change(entry, { extensions: record.extensions + 1 });
    this.#book.used(entry);
    this.#book.tell(entry);
    return this.#book.view(entry);
  }

  async reset(reader: string, id: string, from?: string | null): Promise<SessionView> {
    const lab = this.#book.lab(this.#book.own(reader, id).lab.id);
    if (typeof from === 'string') await this.#requireState(lab, from);
    // Looked up again: another page may have reset it meanwhile.
    const entry = this.#book.own(reader, id);
    const running = this.#ofReader(reader).find((other) => other.lab.id === lab.id && other !== entry);
    if (running !== undefined) return this.#book.view(running);
    const begin = from === undefined ? entry.record.from : (from ?? undefined);
    const keepsSeat = isSeated(entry.record);
    entry.hasGivenSeat = keepsSeat;
    try {
      const next = this.#life.begin(reader, lab, { from: begin, keepsSeat });
      if (entry.address !== undefined) next.address = entry.address;
      this.#life.endSoon(entry, 'reset');
      return this.#book.view(next);
    } catch (failure) {
      entry.hasGivenSeat = false;
      throw failure;
    }
  }

  async openTerminal(reader: string, id: string, machine: string): Promise<TerminalView> {
    const entry = this.#book.ready(reader, id);
    const { record, lab } = entry;
    if (!lab.file.machines.some(({ name }) => name === machine)) {
      const names = lab.file.machines.map(({ name }) => name).join(', ');
      throw new LabError('LAB_ERR_BAD_REQUEST', `found machine "${machine}", expected one of: ${names}`);
    }
    const running = entry.terminals.filter(({ state }) => state === 'running').length;
    if (running >= lab.file.maxTerminals) {
      throw new LabError(
        'LAB_ERR_TOO_MANY',
        `${running} terminals are open, expected at most ${lab.file.maxTerminals}; close one first`,
      );
    }
    const number = record.nextTerminal;
    this.#book.change(entry, { nextTerminal: number + 1 });
    this.#book.used(entry);
    const kind = kindOfNext(lab, machine, entry.terminals);
    const terminal: TerminalView = { number, machine, title: `${machine} ${number}`, kind, state: 'running' };
    // Before it is open: a second page that asks at the same time must find the console taken.
    entry.terminals.push(terminal);
    try {
      await this.#options.sandboxes.openTerminal(id, terminal, true);
    } catch (failure) {
      entry.terminals = entry.terminals.filter((other) => other !== terminal);
      throw failure;
    }
    this.#book.tell(entry);
    return terminal;
  }

  async closeTerminal(reader: string, id: string, number: number): Promise<void> {
    const entry = this.#book.ready(reader, id);
    const closing = entry.terminals.find((terminal) => terminal.number === number);
    if (closing === undefined) throw new LabError('LAB_ERR_NO_TERMINAL', `this session has no terminal ${number}`);
    await this.#options.terminals.close(id, number);
    try {
      // A console's shell belongs to its machine and goes on.
      if (closing.kind === 'shell') await this.#hangUp(entry, closing);
    } finally {
      // In any case: a tab whose machine does not answer must not stay for good.
      entry.terminals = entry.terminals.filter((terminal) => terminal.number !== number);
      this.#book.tell(entry);
    }
  }

  /** In a machine that is off or booting, nothing of the terminal runs any more, and nothing answers. */
  async #hangUp({ record: { id }, lab }: Entry, { machine, number }: TerminalView): Promise<void> {
    const { engine } = this.#options;
    if (isVm(lab, machine) && engine.vms(id)[machine]?.phase !== 'ready') return;
    await engine.endTerminal(id, machine, number);
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
    const entry = this.#book.own(reader, id);
    if (!isAlive(entry.record)) throw notReady(entry.record);
    const most = this.#options.viewersPerSession;
    if (entry.pages >= most)
      throw new LabError('LAB_ERR_TOO_MANY', `${most} pages already show this session; close one of them`);
    entry.pages += 1;
    this.#options.readings.soon(id);
    let link: ConnectedPage['link'] | undefined;
    try {
      link = await this.#options.terminals.connectViewer(id);
      const blocks = await this.#options.terminals.blocks(id);
      this.#book.used(entry);
      return this.#page(entry, link, blocks);
    } catch (failure) {
      // Nobody else knows of it: it would hear of the session's terminals until the session ends.
      link?.close();
      entry.pages -= 1;
      throw failure;
    }
  }

  /** Checks are those of the lab's current files, for authors who write them with a session open; while the lab is broken, as they were. */
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

  /** @throws {LabError} LAB_ERR_TOO_MANY when one address has its share, or the queue is full */
  #requireRoom(address: string | undefined): void {
    const { sessionsPerAddress, queuePlaces, seats } = this.#options;
    const alive = this.#book.all().filter(({ record }) => isAlive(record));
    const ofAddress = alive.filter((entry) => address !== undefined && entry.address === address).length;
    if (ofAddress >= sessionsPerAddress) {
      throw new LabError(
        'LAB_ERR_TOO_MANY',
        `${ofAddress} labs are running or waiting for your address, expected at most ${sessionsPerAddress}; ` +
          'end one, try again later, or ask the operator for more (--sessions-per-address)',
      );
    }
    const waiting = alive.filter(({ record }) => !isSeated(record)).length;
    if (waiting >= queuePlaces) {
      throw new LabError(
        'LAB_ERR_TOO_MANY',
        `all ${seats} seats are taken and ${waiting} readers are already waiting; try again in a few minutes`,
      );
    }
  }

  #ofReader(reader: string): Entry[] {
    return this.#book.all().filter(({ record }) => record.reader === reader && isAlive(record));
  }

  /** @throws {LabError} LAB_ERR_NO_STATE; not while the lab is being prepared, when nobody knows. */
  async #requireState(lab: Lab, from: string): Promise<void> {
    if (!this.#options.readiness.isReady(lab.id)) return;
    const states = await this.#options.readiness.readStates(lab);
    if (states.includes(from)) return;
    const expected = states.length === 0 ? 'there are none yet' : `expected one of: ${states.join(', ')}`;
    throw new LabError('LAB_ERR_NO_STATE', `lab ${lab.id} cannot be started from "${from}" now; ${expected}`);
  }

  #page(entry: Entry, link: ConnectedPage['link'], blocks: ConnectedPage['blocks']): ConnectedPage {
    const { id } = entry.record;
    let listener: ((session: SessionView) => void) | undefined;
    const forget = this.#book.onChange(id, (view) => listener?.(view));
    let hasLeft = false;
    return {
      link,
      blocks,
      session: this.#book.view(entry),
      onChange: (next) => (listener = next),
      leave: () => {
        if (hasLeft) return;
        hasLeft = true;
        entry.pages -= 1;
        this.#book.used(entry);
        forget();
        link.close();
      },
    };
  }
}
