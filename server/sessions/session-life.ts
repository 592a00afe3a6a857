// The life of sessions: begin, queue, start, time limits, end, and what a new server does with those of the one before.
import type { Logger } from 'pino';
import type { Lab } from '../../labs/read-lab.ts';
import type { Engine } from '../machines/engine.ts';
import type { SessionReason, TerminalView } from '../protocol/messages.ts';
import type { TerminalService } from '../terminals/terminal-service.ts';
import type { LabReadiness } from './lab-readiness.ts';
import { firstTerminals, type Sandboxes } from './sandboxes.ts';
import type { Entry, SessionBook } from './session-book.ts';
import { endOf, isAlive, isSeated, type SessionRecord } from './session-record.ts';
import type { SessionStore } from './session-store.ts';

/** How long an ended session is remembered, so that a page can say why it ended. */
const rememberMs = 24 * 3600_000;
/** The end that a page shows may be this late; keystrokes move it all the time. */
const tellEndEveryMs = 30_000;

export interface LifeOptions {
  book: SessionBook;
  labs: readonly Lab[];
  engine: Engine;
  terminals: TerminalService;
  readiness: LabReadiness;
  sandboxes: Sandboxes;
  store: SessionStore;
  log: Logger;
  seats: number;
  /** Whether the host has memory for one more sandbox of the lab, besides those that are on their way. */
  hasMemory: (lab: Lab) => boolean;
}

export interface Beginning {
  /** Named state; absent: the lab's beginning. One that is not there when its turn comes is left out. */
  from?: string | undefined;
  /** It replaces a session that had a seat. */
  keepsSeat?: boolean;
}

export class SessionLife {
  readonly #options: LifeOptions;
  readonly #book: SessionBook;
  readonly #ending = new Map<string, Promise<void>>();
  /** Starts that are under way. */
  readonly #work = new Set<Promise<void>>();

  constructor(options: LifeOptions) {
    this.#options = options;
    this.#book = options.book;
    options.sandboxes.onUnprepared(({ id }) => options.readiness.prepareAgain(id));
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
      const entry = this.#book.add(record, lab);
      if (record.state === 'ready' && (await engine.status(record.id)) === 'running') {
        entry.terminals = (await terminals.list(record.id)).map(terminalView);
        // The pty host did not outlive the server before: the machine did, so it gets new shells.
        if (entry.terminals.length === 0) await this.openTerminalsAgain(entry);
        // The time without a server is not the reader's idleness.
        record.activeAt = Date.now();
        log.info({ session: record.id }, 'session goes on');
      } else if (record.state === 'ready') this.endSoon(entry, 'machine-died');
      else if (record.state === 'ending') this.endSoon(entry, record.reason ?? 'by-reader');
      else if (record.state === 'starting') this.#track(this.#startAgain(entry));
      else if (isAlive(record)) this.advance(record.lab);
    }
  }

  /** Gives every session of the lab that waits what it waits for, if it is there now. */
  advance(labId: string): void {
    const { readiness } = this.#options;
    const view = readiness.view(this.#book.lab(labId));
    for (const entry of this.#book.all()) {
      if (entry.lab.id !== labId || !isAlive(entry.record) || isSeated(entry.record)) continue;
      if (view.state === 'failed') this.#book.move(entry, 'failed', 'image-failed', view.detail);
      else if (view.state === 'no-engine') this.#book.move(entry, 'failed', 'engine-missing', view.detail);
      else if (view.state === 'preparing') this.#book.changed(entry);
    }
    if (view.state !== 'ready') return;
    this.#options.sandboxes.fill(this.#book.lab(labId));
    this.#fillSeats();
  }

  /** Called every few seconds: time limits, the end that pages are told, and memory that has become free. */
  async tick(now: number): Promise<void> {
    this.#fillSeats();
    for (const entry of this.#book.all()) {
      const { record, lab } = entry;
      if (record.endedAt !== undefined && now - record.endedAt > rememberMs) {
        this.#book.forget(record.id);
      }
      if (record.state !== 'ready') continue;
      const typedAt = (await this.#options.terminals.lastActivityAt(record.id)) ?? 0;
      // An open page alone is no sign of a reader: tabs are forgotten. Who reads for long is told in time.
      record.activeAt = Math.max(record.activeAt, typedAt);
      const { endsAt, endsBecause } = endOf(record, lab);
      if (now >= endsAt) this.endSoon(entry, endsBecause);
      else if (Math.abs(this.#book.view(entry).endsAt - entry.toldEndsAt) > tellEndEveryMs) this.#book.changed(entry);
    }
  }

  /** Ends sessions whose machine died unnoticed: none of its terminals was open any more. */
  async checkMachines(): Promise<void> {
    for (const entry of this.#book.all()) await this.checkMachine(entry);
  }

  async checkMachine(entry: Entry): Promise<void> {
    if (entry.record.state !== 'ready') return;
    if ((await this.#options.engine.status(entry.record.id)) !== 'running') this.endSoon(entry, 'machine-died');
  }

  /** For the reaper: sandboxes with these ids are somebody's. */
  isSession(id: string): boolean {
    const entry = this.#book.find(id);
    return entry !== undefined && (isSeated(entry.record) || entry.record.state === 'ending');
  }

  /** Waits for what is under way. A start is left to the next server. */
  async settle(): Promise<void> {
    await Promise.allSettled([...this.#ending.values(), ...this.#work]);
  }

  /** A new session of that lab: a prepared sandbox if one waits, else it waits for what it needs. */
  begin(reader: string, lab: Lab, { from, keepsSeat = false }: Beginning = {}): Entry {
    const now = Date.now();
    const { sandboxes, readiness } = this.#options;
    const hasSeat = readiness.isReady(lab.id) && this.#book.seated() < this.#options.seats;
    const prepared = hasSeat && (keepsSeat || this.#book.queue().length === 0) ? sandboxes.take(lab, from) : undefined;
    const record: SessionRecord = {
      id: prepared ?? sandboxes.newId(),
      reader,
      lab: lab.id,
      ...(from === undefined ? {} : { from }),
      state: prepared === undefined ? 'preparing' : 'ready',
      ...(prepared === undefined ? { reason: 'image-building' as const } : { readyAt: now }),
      createdAt: now,
      activeAt: now,
      extensions: 0,
      nextTerminal: lab.file.terminals.length + 1,
    };
    const entry = this.#book.add(record, lab, keepsSeat);
    if (prepared !== undefined) entry.terminals = firstTerminals(lab);
    this.#book.changed(entry);
    if (prepared === undefined) this.advance(lab.id);
    return entry;
  }

  /** First come first served: who cannot start yet holds up those behind. */
  #fillSeats(): void {
    const queue = this.#book.queue();
    while (queue[0] !== undefined && this.#mayStart(queue[0])) this.#track(this.#startSandbox(queue.shift()!));
    const hasSeats = this.#book.seated() < this.#options.seats;
    for (const [index, entry] of queue.entries()) {
      // Without a reason it waits for those who are starting before it.
      if (entry.record.state !== 'queued') this.#book.move(entry, 'queued', hasSeats ? undefined : 'no-seat');
      else if (entry.toldPlace !== index + 1) this.#book.tell(entry);
    }
  }

  #mayStart({ lab }: Entry): boolean {
    const { seats, sandboxes, hasMemory } = this.#options;
    if (this.#book.seated() >= seats || this.#book.starting().length >= sandboxes.mostStarts) return false;
    // Whatever the host says of its memory, one session may try.
    return this.#book.seated() === 0 || hasMemory(lab);
  }

  async #startSandbox(entry: Entry): Promise<void> {
    const { record, lab } = entry;
    this.#book.move(entry, 'starting');
    try {
      await this.#checkFrom(entry);
      await this.#options.sandboxes.start(record.id, lab, record.from);
    } catch (failure) {
      if (this.#options.sandboxes.isStopping) return;
      this.#options.log.error({ session: record.id, failure }, 'a sandbox could not be started');
      this.#book.move(entry, 'failed', 'start-failed', (failure as Error).message);
      this.#fillSeats();
      return;
    }
    // The reader may have ended it meanwhile.
    if (record.state !== 'starting') return this.#options.sandboxes.stop(record.id);
    record.readyAt = record.activeAt = Date.now();
    entry.terminals = firstTerminals(lab);
    this.#book.move(entry, 'ready');
    this.#fillSeats();
  }

  /** A state that is not there (any more): the lab's beginning, and the session says so by having no `from`. */
  async #checkFrom({ record, lab }: Entry): Promise<void> {
    if (record.from === undefined) return;
    const states = await this.#options.readiness.readStates(lab);
    if (!states.includes(record.from)) delete record.from;
  }

  /** For a start that the server before did not finish: what it left is removed first. */
  async #startAgain(entry: Entry): Promise<void> {
    try {
      await this.#options.sandboxes.stop(entry.record.id);
    } catch (failure) {
      this.#book.move(entry, 'failed', 'start-failed', (failure as Error).message);
      return;
    }
    await this.#startSandbox(entry);
  }

  /** New terminals for a sandbox that lost its own. @throws {LabError} as Sandboxes.openTerminals */
  async openTerminalsAgain(entry: Entry): Promise<void> {
    const { record, lab } = entry;
    const first = record.nextTerminal;
    record.nextTerminal += lab.file.terminals.length;
    await this.#options.sandboxes.openTerminals(record.id, lab, first, true);
    entry.terminals = firstTerminals(lab, first);
    entry.terminalsLostAt = Date.now();
    this.#book.changed(entry);
  }

  #track(work: Promise<void>): void {
    this.#work.add(work);
    const done = () => void this.#work.delete(work);
    work.then(done, (failure: unknown) => {
      done();
      this.#options.log.error({ failure }, 'a session could not be started');
    });
  }

  /** Ends a session without waiting for it. */
  endSoon(entry: Entry, reason: SessionReason): void {
    this.end(entry, reason).catch((failure: unknown) =>
      this.#options.log.error(
        { session: entry.record.id, failure },
        'a session could not be ended; the reaper tries again',
      ),
    );
  }

  /** Ends a session; a second call waits for the first. */
  async end(entry: Entry, reason: SessionReason): Promise<void> {
    const { record } = entry;
    const underWay = this.#ending.get(record.id);
    if (underWay !== undefined) return underWay;
    if (!isAlive(record) && record.state !== 'ending') return;
    if (record.state !== 'ending') this.#book.move(entry, 'ending', reason);
    const work = this.#options.sandboxes.stop(record.id).finally(() => {
      this.#ending.delete(record.id);
      record.endedAt = Date.now();
      entry.terminals = [];
      this.#book.move(entry, 'ended', reason);
      this.#fillSeats();
    });
    this.#ending.set(record.id, work);
    return work;
  }
}

function terminalView({ number, machine, title, kind, state, exitCode }: TerminalView): TerminalView {
  return { number, machine, title, kind, state, ...(exitCode === undefined ? {} : { exitCode }) };
}
