// All sessions of this server: who has which, in which state, for how long. Independent of HTTP and sockets.
import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { Lab } from '../../labs/read-lab.ts';
import { LabError } from '../errors.ts';
import type { Engine } from '../machines/engine.ts';
import type {
  CheckResult,
  LabView,
  SessionReason,
  SessionState,
  SessionView,
  TerminalView,
} from '../protocol/messages.ts';
import type { TerminalEvent, TerminalService } from '../terminals/terminal-service.ts';
import type { LabReadiness } from './lab-readiness.ts';
import { runCheck } from './run-check.ts';
import type { Sandboxes } from './sandboxes.ts';
import { endOf, isAlive, isSeated, mayBecome, mayExtend, viewOf, type SessionRecord } from './session-record.ts';
import type { ConnectedPage, SessionService } from './session-service.ts';
import type { SessionStore } from './session-store.ts';

/** How long an ended session is remembered, so that a page can say why it ended. */
const rememberMs = 24 * 3600_000;
/** The end that a page shows may be this late; keystrokes move it all the time. */
const tellEndEveryMs = 30_000;

export interface RegistryOptions {
  labs: readonly Lab[];
  engine: Engine;
  terminals: TerminalService;
  readiness: LabReadiness;
  sandboxes: Sandboxes;
  store: SessionStore;
  log: Logger;
  seats: number;
  sessionsPerReader: number;
  viewersPerSession: number;
}

interface Entry {
  record: SessionRecord;
  lab: Lab;
  terminals: TerminalView[];
  pages: number;
  isChecking: boolean;
  /** The end that pages were told last. */
  toldEndsAt: number;
}

export class SessionRegistry implements SessionService {
  readonly #options: RegistryOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #changes = new EventEmitter().setMaxListeners(0);
  readonly #ending = new Map<string, Promise<void>>();
  /** Starts that are under way. */
  readonly #work = new Set<Promise<void>>();

  constructor(options: RegistryOptions) {
    this.#options = options;
    options.terminals.onEvent((event) => void this.#onTerminalEvent(event));
  }

  /** Finds the sessions of the server before: those whose sandbox runs go on, the others are ended. */
  async restore(): Promise<void> {
    const { store, labs, engine, terminals, log } = this.#options;
    for (const record of store.all()) {
      const lab = labs.find(({ id }) => id === record.lab);
      if (lab === undefined) {
        store.forget(record.id);
        continue;
      }
      const entry = this.#add(record, lab);
      if (record.state === 'ready' && (await engine.status(record.id)) === 'running') {
        entry.terminals = (await terminals.list(record.id)).map(terminalView);
        // The pty host did not outlive the server before: the machine did, so it gets new shells.
        if (entry.terminals.length === 0) await this.#openTerminalsAgain(entry);
        // The time without a server is not the reader's idleness.
        record.activeAt = Date.now();
        log.info({ session: record.id }, 'session goes on');
      } else if (record.state === 'ready') this.#endSoon(entry, 'machine-died');
      else if (record.state === 'ending') this.#endSoon(entry, record.reason ?? 'by-reader');
      else if (record.state === 'starting') this.#track(this.#startAgain(entry));
      else if (isAlive(record)) this.advance(record.lab);
    }
  }

  labs(): LabView[] {
    const { labs, readiness } = this.#options;
    return [...labs.map((lab) => readiness.view(lab)), ...readiness.brokenViews()];
  }

  lab(id: string): LabView {
    const broken = this.#options.readiness.brokenViews().find((view) => view.id === id);
    return broken ?? this.#options.readiness.view(this.#lab(id));
  }

  list(reader: string): SessionView[] {
    return [...this.#entries.values()]
      .filter(({ record }) => record.reader === reader)
      .map((entry) => this.#view(entry));
  }

  get(reader: string, id: string): SessionView {
    return this.#view(this.#own(reader, id));
  }

  start(reader: string, labId: string): { session: SessionView; isNew: boolean } {
    const lab = this.#lab(labId);
    const readiness = this.#options.readiness.view(lab);
    if (readiness.state === 'no-engine')
      throw new LabError('LAB_ERR_NO_ENGINE', readiness.detail ?? 'no sandbox engine');
    const own = [...this.#entries.values()].filter(({ record }) => record.reader === reader && isAlive(record));
    const running = own.find((entry) => entry.lab.id === labId);
    if (running !== undefined) return { session: this.#view(running), isNew: false };
    if (own.length >= this.#options.sessionsPerReader) {
      const names = own.map((entry) => entry.lab.file.title).join(', ');
      throw new LabError('LAB_ERR_TOO_MANY', `you have ${own.length} labs running (${names}); end one of them first`);
    }
    if (readiness.state === 'failed') this.#options.readiness.prepare(labId);
    return { session: this.#view(this.#begin(reader, lab)), isNew: true };
  }

  async end(reader: string, id: string): Promise<SessionView> {
    const entry = this.#own(reader, id);
    await this.#end(entry, 'by-reader');
    return this.#view(entry);
  }

  extend(reader: string, id: string): SessionView {
    const entry = this.#own(reader, id);
    const { record, lab } = entry;
    if (!isAlive(record)) throw notReady(record);
    if (!mayExtend(record, lab)) {
      throw new LabError(
        'LAB_ERR_TOO_MANY',
        `this lab may be extended ${lab.file.limits.extensions} times, and has been`,
      );
    }
    // The idle limit is answered by activity alone; the total limit costs one extension.
    if (endOf(record, lab).endsBecause === 'time-limit') record.extensions += 1;
    record.activeAt = Date.now();
    this.#changed(entry);
    return this.#view(entry);
  }

  async reset(reader: string, id: string): Promise<SessionView> {
    const entry = this.#own(reader, id);
    this.#endSoon(entry, 'reset');
    return this.#view(this.#begin(reader, entry.lab));
  }

  async openTerminal(reader: string, id: string, machine: string): Promise<TerminalView> {
    const entry = this.#ready(reader, id);
    const { record, lab } = entry;
    if (!lab.file.machines.some(({ name }) => name === machine)) {
      const names = lab.file.machines.map(({ name }) => name).join(', ');
      throw new LabError('LAB_ERR_BAD_REQUEST', `found machine "${machine}", expected one of: ${names}`);
    }
    const running = entry.terminals.filter(({ state }) => state === 'running').length;
    if (running >= lab.file.maxTerminals) {
      throw new LabError(
        'LAB_ERR_TOO_MANY',
        `${running} terminals are open, at most ${lab.file.maxTerminals} may be; close one first`,
      );
    }
    const number = record.nextTerminal;
    record.nextTerminal += 1;
    record.activeAt = Date.now();
    const title = `${machine} ${number}`;
    const command = this.#options.engine.terminalCommand(id, machine, number);
    await this.#options.terminals.open({ session: id, number, machine, title, command });
    const terminal: TerminalView = { number, machine, title, state: 'running' };
    entry.terminals.push(terminal);
    this.#changed(entry);
    return terminal;
  }

  async closeTerminal(reader: string, id: string, number: number): Promise<void> {
    const entry = this.#ready(reader, id);
    const closing = entry.terminals.find((terminal) => terminal.number === number);
    if (closing === undefined) throw new LabError('LAB_ERR_NO_TERMINAL', `this session has no terminal ${number}`);
    await this.#options.terminals.close(id, number);
    await this.#options.engine.endTerminal(id, closing.machine, number);
    entry.terminals = entry.terminals.filter((terminal) => terminal.number !== number);
    this.#changed(entry);
  }

  async check(reader: string, id: string, check: string): Promise<CheckResult> {
    const entry = this.#ready(reader, id);
    if (entry.isChecking)
      throw new LabError('LAB_ERR_BUSY', 'another check of this session is running; try again in a moment');
    entry.isChecking = true;
    entry.record.activeAt = Date.now();
    try {
      return await runCheck(this.#options.engine, id, entry.lab, check);
    } finally {
      entry.isChecking = false;
    }
  }

  async connect(reader: string, id: string): Promise<ConnectedPage> {
    const entry = this.#own(reader, id);
    if (!isAlive(entry.record)) throw notReady(entry.record);
    const most = this.#options.viewersPerSession;
    if (entry.pages >= most)
      throw new LabError('LAB_ERR_TOO_MANY', `${most} pages show this session, close one of them`);
    entry.pages += 1;
    try {
      const link = await this.#options.terminals.connectViewer(id);
      const blocks = await this.#options.terminals.blocks(id);
      entry.record.activeAt = Date.now();
      return this.#page(entry, link, blocks);
    } catch (failure) {
      entry.pages -= 1;
      throw failure;
    }
  }

  counts() {
    const records = [...this.#entries.values()].map(({ record }) => record);
    return {
      sessions: records.filter(isSeated).length,
      seats: this.#options.seats,
      queued: records.filter(({ state }) => state === 'queued').length,
      prepared: this.#options.sandboxes.waiting.length,
    };
  }

  /** Gives every session of the lab that waits what it waits for, if it is there now. */
  advance(labId: string): void {
    const { readiness } = this.#options;
    const view = readiness.view(this.#lab(labId));
    for (const entry of this.#entries.values()) {
      if (entry.lab.id !== labId || !isAlive(entry.record) || isSeated(entry.record)) continue;
      if (view.state === 'failed') this.#move(entry, 'failed', 'image-failed', view.detail);
      else if (view.state === 'no-engine') this.#move(entry, 'failed', 'engine-missing', view.detail);
      else if (view.state === 'preparing') this.#changed(entry);
    }
    if (view.state !== 'ready') return;
    this.#options.sandboxes.fill(this.#lab(labId));
    this.#fillSeats();
  }

  /** Called every few seconds: time limits, and the end that pages are told. */
  async tick(now: number): Promise<void> {
    for (const entry of this.#entries.values()) {
      const { record, lab } = entry;
      if (record.endedAt !== undefined && now - record.endedAt > rememberMs) {
        this.#entries.delete(record.id);
        this.#options.store.forget(record.id);
      }
      if (record.state !== 'ready') continue;
      const typedAt = (await this.#options.terminals.lastActivityAt(record.id)) ?? 0;
      // Somebody who reads is not idle.
      record.activeAt = entry.pages > 0 ? now : Math.max(record.activeAt, typedAt);
      const { endsAt, endsBecause } = endOf(record, lab);
      if (now >= endsAt) this.#endSoon(entry, endsBecause);
      else if (Math.abs(endsAt - entry.toldEndsAt) > tellEndEveryMs) this.#changed(entry);
    }
  }

  /** Ends sessions whose machine died unnoticed: none of its terminals was open any more. */
  async checkMachines(): Promise<void> {
    for (const entry of Array.from(this.#entries.values())) {
      if (entry.record.state !== 'ready') continue;
      if ((await this.#options.engine.status(entry.record.id)) !== 'running') this.#endSoon(entry, 'machine-died');
    }
  }

  /** For the reaper: sandboxes with these ids are somebody's. */
  isSession(id: string): boolean {
    const entry = this.#entries.get(id);
    return entry !== undefined && (isSeated(entry.record) || entry.record.state === 'ending');
  }

  /** Waits for what is under way. A start is left to the next server. */
  async settle(): Promise<void> {
    await Promise.allSettled([...this.#ending.values(), ...this.#work]);
  }

  #begin(reader: string, lab: Lab): Entry {
    const now = Date.now();
    const { sandboxes, readiness } = this.#options;
    const hasSeat =
      readiness.isReady(lab.id) && this.counts().sessions < this.#options.seats && this.#queue().length === 0;
    const prepared = hasSeat ? sandboxes.take(lab) : undefined;
    const record: SessionRecord = {
      id: prepared ?? sandboxes.newId(),
      reader,
      lab: lab.id,
      state: prepared === undefined ? 'preparing' : 'ready',
      ...(prepared === undefined ? { reason: 'image-building' as const } : { readyAt: now }),
      createdAt: now,
      activeAt: now,
      extensions: 0,
      nextTerminal: lab.file.terminals.length + 1,
    };
    const entry = this.#add(record, lab);
    if (prepared !== undefined) entry.terminals = firstTerminals(lab);
    this.#changed(entry);
    if (prepared === undefined) this.advance(lab.id);
    return entry;
  }

  #add(record: SessionRecord, lab: Lab): Entry {
    const entry: Entry = { record, lab, terminals: [], pages: 0, isChecking: false, toldEndsAt: 0 };
    this.#entries.set(record.id, entry);
    return entry;
  }

  /** Those who wait for a seat, first come first. */
  #queue(): Entry[] {
    return [...this.#entries.values()].filter(
      ({ record, lab }) =>
        (record.state === 'queued' || record.state === 'preparing') && this.#options.readiness.isReady(lab.id),
    );
  }

  #fillSeats(): void {
    for (const entry of this.#queue()) {
      if (this.counts().sessions < this.#options.seats) this.#track(this.#startSandbox(entry));
      else if (entry.record.state === 'queued') this.#changed(entry);
      else this.#move(entry, 'queued', 'no-seat');
    }
  }

  async #startSandbox(entry: Entry): Promise<void> {
    const { record, lab } = entry;
    this.#move(entry, 'starting');
    try {
      await this.#options.sandboxes.start(record.id, lab);
    } catch (failure) {
      if (this.#options.sandboxes.isStopping) return;
      this.#options.log.error({ session: record.id, failure }, 'a sandbox could not be started');
      this.#move(entry, 'failed', 'start-failed', (failure as Error).message);
      this.#fillSeats();
      return;
    }
    // The reader may have ended it meanwhile.
    if (record.state !== 'starting') return this.#options.sandboxes.stop(record.id);
    record.readyAt = record.activeAt = Date.now();
    entry.terminals = firstTerminals(lab);
    this.#move(entry, 'ready');
  }

  /** For a start that the server before did not finish: what it left is removed first. */
  async #startAgain(entry: Entry): Promise<void> {
    try {
      await this.#options.sandboxes.stop(entry.record.id);
    } catch (failure) {
      this.#move(entry, 'failed', 'start-failed', (failure as Error).message);
      return;
    }
    await this.#startSandbox(entry);
  }

  async #openTerminalsAgain(entry: Entry): Promise<void> {
    const { record, lab } = entry;
    const first = record.nextTerminal;
    record.nextTerminal += lab.file.terminals.length;
    await this.#options.sandboxes.openTerminals(record.id, lab, first);
    entry.terminals = firstTerminals(lab, first);
    this.#changed(entry);
  }

  #track(work: Promise<void>): void {
    this.#work.add(work);
    const done = () => void this.#work.delete(work);
    work.then(done, (failure: unknown) => {
      done();
      this.#options.log.error({ failure }, 'a session could not be started');
    });
  }

  #endSoon(entry: Entry, reason: SessionReason): void {
    this.#end(entry, reason).catch((failure: unknown) =>
      this.#options.log.error(
        { session: entry.record.id, failure },
        'a session could not be ended; the reaper tries again',
      ),
    );
  }

  async #end(entry: Entry, reason: SessionReason): Promise<void> {
    const { record } = entry;
    const underWay = this.#ending.get(record.id);
    if (underWay !== undefined) return underWay;
    if (!isAlive(record) && record.state !== 'ending') return;
    if (record.state !== 'ending') this.#move(entry, 'ending', reason);
    const work = this.#options.sandboxes.stop(record.id).finally(() => {
      this.#ending.delete(record.id);
      record.endedAt = Date.now();
      entry.terminals = [];
      this.#move(entry, 'ended', reason);
      this.#fillSeats();
    });
    this.#ending.set(record.id, work);
    return work;
  }

  async #onTerminalEvent(event: TerminalEvent): Promise<void> {
    if (event.type === 'host-lost') return this.#onHostLost();
    if (event.type !== 'exit') return;
    const entry = this.#entries.get(event.session);
    const terminal = entry?.terminals.find(({ number }) => number === event.terminal);
    if (terminal !== undefined) {
      terminal.state = 'exited';
      terminal.exitCode = event.exitCode;
    }
    try {
      // A shell that ends by itself leaves its machine running; a machine that dies takes all its shells along.
      const isRunning = (await this.#options.engine.status(event.session)) === 'running';
      if (!isRunning && this.#options.sandboxes.discard(event.session)) return;
      if (entry === undefined) return;
      if (!isRunning && entry.record.state === 'ready') this.#endSoon(entry, 'machine-died');
      else this.#changed(entry);
    } catch (failure) {
      this.#options.log.warn({ session: event.session, failure }, 'state of a machine unknown');
    }
  }

  /** All shells are gone, the machines are not: each session gets its first terminals anew. */
  async #onHostLost(): Promise<void> {
    const { sandboxes, log } = this.#options;
    if (sandboxes.isStopping) return;
    log.error('the pty host went away with all terminals; opening new ones');
    for (const id of sandboxes.waiting) sandboxes.discard(id);
    for (const entry of this.#entries.values()) {
      if (entry.record.state !== 'ready') continue;
      await this.#openTerminalsAgain(entry).catch((failure: unknown) =>
        log.error({ session: entry.record.id, failure }, 'no terminals could be opened'),
      );
    }
  }

  #page(entry: Entry, link: ConnectedPage['link'], blocks: ConnectedPage['blocks']): ConnectedPage {
    const { id } = entry.record;
    let listener: ((session: SessionView) => void) | undefined;
    const onChange = (view: SessionView) => listener?.(view);
    this.#changes.on(id, onChange);
    let hasLeft = false;
    return {
      link,
      blocks,
      session: this.#view(entry),
      onChange: (next) => (listener = next),
      leave: () => {
        if (hasLeft) return;
        hasLeft = true;
        entry.pages -= 1;
        entry.record.activeAt = Date.now();
        this.#changes.off(id, onChange);
        link.close();
      },
    };
  }

  #move(entry: Entry, state: SessionState, reason?: SessionReason, detail?: string): void {
    const { record } = entry;
    if (!mayBecome(record.state, state)) return;
    record.state = state;
    delete record.reason;
    delete record.detail;
    if (reason !== undefined) record.reason = reason;
    if (detail !== undefined) record.detail = detail;
    if (state === 'failed') record.endedAt = Date.now();
    this.#options.log.info({ session: record.id, lab: record.lab, state, reason }, 'session');
    this.#changed(entry);
  }

  #changed(entry: Entry): void {
    const { record } = entry;
    this.#options.store.save(record);
    const view = this.#view(entry);
    entry.toldEndsAt = view.endsAt;
    this.#changes.emit(record.id, view);
  }

  #view(entry: Entry): SessionView {
    const { progress } = this.#options.readiness.view(entry.lab);
    const place = this.#queue().indexOf(entry) + 1;
    return viewOf(entry.record, entry.lab, {
      terminals: entry.terminals.map((terminal) => ({ ...terminal })),
      unenforced: this.#options.engine.unenforced,
      ...(progress === undefined ? {} : { progress }),
      ...(place === 0 ? {} : { place }),
    });
  }

  #lab(id: string): Lab {
    const lab = this.#options.labs.find((candidate) => candidate.id === id);
    if (lab !== undefined) return lab;
    const broken = this.#options.readiness.brokenViews().find((view) => view.id === id);
    if (broken !== undefined) throw new LabError('LAB_ERR_LAB_FILE', broken.detail ?? `lab ${id} cannot be read`);
    const names = this.#options.labs.map((known) => known.id).join(', ');
    throw new LabError('LAB_ERR_NO_LAB', `there is no lab "${id}", expected one of: ${names}`);
  }

  #own(reader: string, id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined)
      throw new LabError('LAB_ERR_NO_SESSION', 'there is no such session (any more); start the lab again');
    if (entry.record.reader !== reader) throw new LabError('LAB_ERR_FORBIDDEN', 'this session is another reader’s');
    return entry;
  }

  #ready(reader: string, id: string): Entry {
    const entry = this.#own(reader, id);
    if (entry.record.state !== 'ready') throw notReady(entry.record);
    return entry;
  }
}

function notReady({ state, reason }: SessionRecord): LabError {
  const because = reason === undefined ? '' : ` (${reason})`;
  return new LabError('LAB_ERR_NOT_READY', `the session is ${state}${because}, expected ready`);
}

function firstTerminals(lab: Lab, first = 1): TerminalView[] {
  return lab.file.terminals.map(({ machine, title }, index) => {
    return { number: first + index, machine, title: title ?? machine, state: 'running' };
  });
}

function terminalView({ number, machine, title, state, exitCode }: TerminalView): TerminalView {
  return { number, machine, title, state, ...(exitCode === undefined ? {} : { exitCode }) };
}
