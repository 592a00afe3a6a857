// The life of a session: begin, queue, start, end. Time limits are in session-rounds.ts, a server's restart in session-restore.ts.
import type { Logger } from 'pino';
import type { Lab } from '../../labs/read-lab.ts';
import type { SessionReason } from '../protocol/messages.ts';
import type { LabReadiness } from './lab-readiness.ts';
import { firstTerminals, type Sandboxes } from './sandboxes.ts';
import type { Entry, SessionBook } from './session-book.ts';
import type { SessionClock } from './session-clock.ts';
import { isAlive, isSeated, type SessionRecord } from './session-record.ts';

export interface LifeOptions {
  book: SessionBook;
  readiness: LabReadiness;
  sandboxes: Sandboxes;
  clock: SessionClock;
  log: Logger;
  seats: number;
  /** Whether the host has memory for one more sandbox of the lab, in addition to those that are starting. */
  hasMemory: (lab: Lab) => boolean;
}

export interface Beginning {
  /** Named state; absent: the lab's beginning. A state that does not exist when its turn comes is left out. */
  from?: string | undefined;
  /** It replaces a session that had a seat. */
  keepsSeat?: boolean;
}

export class SessionLife {
  readonly #options: LifeOptions;
  readonly #book: SessionBook;
  /** Starts and ends in progress, by session. */
  readonly #starting = new Map<string, Promise<void>>();
  readonly #ending = new Map<string, Promise<void>>();

  constructor(options: LifeOptions) {
    this.#options = options;
    this.#book = options.book;
    options.sandboxes.onUnprepared(({ id }) => options.readiness.prepareAgain(id));
  }

  /** A new session of that lab: it gets a prepared sandbox if there is one, otherwise it waits for what it needs. @throws {LabError} LAB_ERR_DISK_FULL */
  begin(reader: string, lab: Lab, { from, keepsSeat = false }: Beginning = {}): Entry {
    const { sandboxes, readiness, clock, seats } = this.#options;
    const now = clock.now();
    const hasSeat = readiness.isReady(lab.id) && this.#book.seated() < seats;
    const isNext = hasSeat && (keepsSeat || this.#book.queue().length === 0);
    const prepared = isNext ? sandboxes.peek(lab, from) : undefined;
    const record: SessionRecord = {
      id: prepared ?? sandboxes.newId(),
      reader,
      lab: lab.id,
      labFile: lab.file,
      ...(from === undefined ? {} : { from }),
      state: prepared === undefined ? 'preparing' : 'ready',
      ...(prepared === undefined ? { reason: 'image-building' as const } : { readyAt: now }),
      createdAt: now,
      extensions: 0,
      nextTerminal: lab.file.terminals.length + 1,
    };
    const entry = this.#book.add(record, keepsSeat);
    // Even when none waits: the last request decides what is prepared next.
    if (isNext) sandboxes.take(lab, from);
    if (prepared !== undefined) {
      entry.terminals = firstTerminals(lab);
      this.#book.tell(entry);
    } else this.advance(lab.id);
    return entry;
  }

  /** Lets every waiting session of the lab proceed if what it waits for is now available. Never throws. */
  advance(labId: string): void {
    const { readiness } = this.#options;
    const broken = this.#book.brokenLab(labId);
    for (const entry of this.#book.all()) {
      if (entry.lab.id !== labId || !isAlive(entry.record) || isSeated(entry.record)) continue;
      const { state, detail } = readiness.view(entry.lab);
      if (broken !== undefined) this.#fail(entry, 'lab-broken', broken.detail);
      else if (state === 'failed') this.#fail(entry, 'image-failed', detail);
      else if (state === 'no-engine') this.#fail(entry, 'engine-missing', detail);
      else if (state === 'preparing') this.#book.tell(entry);
    }
    if (broken !== undefined || !readiness.isReady(labId)) return;
    this.#options.sandboxes.fill(this.#book.lab(labId));
    this.fillSeats();
  }

  /** First come, first served: a session that cannot start yet holds up those behind it. Never throws; called again every few seconds. */
  fillSeats(): void {
    const queue = this.#book.queue();
    while (queue[0] !== undefined && this.#mayStart(queue[0])) {
      // If it cannot be stored, it does not begin.
      if (!this.#tryMove(queue[0], 'starting')) return;
      this.startSoon(queue.shift()!);
    }
    const hasSeats = this.#book.seated() < this.#options.seats;
    for (const [index, entry] of queue.entries()) {
      // Without a reason it waits for those that are starting before it.
      if (entry.record.state !== 'queued') this.#tryMove(entry, 'queued', hasSeats ? undefined : 'no-seat');
      else if (entry.toldPlace !== index + 1) this.#book.tell(entry);
    }
  }

  #mayStart({ lab }: Entry): boolean {
    const { seats, sandboxes, hasMemory } = this.#options;
    if (this.#book.seated() >= seats || this.#book.starting().length >= sandboxes.mostStarts) return false;
    // Whatever the host says about its memory, one session may try.
    return this.#book.seated() === 0 || hasMemory(lab);
  }

  /** Starts the sandbox of a session that is `starting`, without waiting for it; one that is already starting goes on. */
  startSoon(entry: Entry, before: () => Promise<void> = () => Promise.resolve()): void {
    const { id } = entry.record;
    if (this.#starting.has(id)) return;
    const work = this.#start(entry, before).finally(() => this.#starting.delete(id));
    this.#starting.set(id, work);
  }

  /** Never throws: a failure becomes the session's state or, if that cannot be stored, is handled again later. */
  async #start(entry: Entry, before: () => Promise<void>): Promise<void> {
    const { sandboxes, log } = this.#options;
    const { id } = entry.record;
    try {
      await before();
      this.#requireStarting(entry);
      await this.#checkFrom(entry);
      await sandboxes.start(id, entry.lab, entry.record.from);
      this.#requireStarting(entry);
      this.becomeReady(entry);
    } catch (failure) {
      // It is not a failure if the reader ends it meanwhile or the server stops; then the start is left to the next server.
      if (sandboxes.isStopping || this.#isOver(entry)) return;
      log.error({ session: id, failure }, 'a sandbox could not be started');
      this.#fail(entry, 'start-failed', (failure as Error).message);
      this.fillSeats();
    }
  }

  /** Its sandbox is running, with the lab's terminals. Never throws: what cannot be stored is tried again later. */
  becomeReady(entry: Entry): void {
    const before = { activeAt: entry.activeAt, terminals: entry.terminals };
    entry.activeAt = this.#options.clock.now();
    entry.terminals = firstTerminals(entry.lab);
    if (this.#tryMove(entry, 'ready', undefined, { readyAt: entry.activeAt })) this.fillSeats();
    else Object.assign(entry, before);
  }

  #isOver(entry: Entry): boolean {
    return entry.record.state !== 'starting' || this.#ending.has(entry.record.id);
  }

  #requireStarting(entry: Entry): void {
    if (this.#isOver(entry)) throw new Error(`the session ${entry.record.id} was ended meanwhile`);
  }

  /** If a state does not exist, or no longer, the session starts at the lab's beginning and shows that by having no `from`. */
  async #checkFrom(entry: Entry): Promise<void> {
    const { from } = entry.record;
    if (from === undefined) return;
    const states = await this.#options.readiness.readStates(entry.lab);
    if (!states.includes(from)) this.#book.change(entry, { from: undefined });
  }

  /** Ends a session without waiting for it. */
  endSoon(entry: Entry, reason: SessionReason): void {
    this.end(entry, reason).catch((failure: unknown) =>
      this.#options.log.error({ session: entry.record.id, failure }, 'a session could not be ended; it is tried again'),
    );
  }

  /** Ends a session; a second call waits for the first. @throws {LabError} when it has not ended: it is tried again */
  async end(entry: Entry, reason: SessionReason): Promise<void> {
    const { id, state } = entry.record;
    const underWay = this.#ending.get(id);
    if (underWay !== undefined) return underWay;
    if (!isAlive(entry.record) && state !== 'ending') return;
    const work = this.#end(entry, reason).finally(() => this.#ending.delete(id));
    this.#ending.set(id, work);
    return work;
  }

  async #end(entry: Entry, reason: SessionReason): Promise<void> {
    const { id, state } = entry.record;
    // The first reason given is why it ends, whatever is found later.
    const because = (entry.endsFor ??= reason);
    if (isSeated(entry.record) || state === 'ending') {
      // Also when that cannot be stored, because ending sandboxes makes room.
      this.#tryMove(entry, 'ending', because);
      await this.#options.sandboxes.stop(id);
    }
    this.#book.move(entry, 'ended', entry.record.state === 'ending' ? entry.record.reason : because);
    entry.terminals = [];
    this.fillSeats();
  }

  /** Whether a start or an end of it is in progress. */
  isUnderWay(id: string): boolean {
    return this.#starting.has(id) || this.#ending.has(id);
  }

  /** For the reaper: sandboxes with these ids belong to sessions. */
  isSession(id: string): boolean {
    const entry = this.#book.find(id);
    return entry !== undefined && (isSeated(entry.record) || entry.record.state === 'ending');
  }

  /** Waits for what is in progress. A start is left to the next server. */
  async settle(): Promise<void> {
    await Promise.allSettled([...this.#ending.values(), ...this.#starting.values()]);
  }

  #fail(entry: Entry, reason: SessionReason, detail: string | undefined): void {
    this.#tryMove(entry, 'failed', reason, { detail });
  }

  /** @returns whether the change took effect; false when it cannot be stored: then the state stays and is tried again */
  #tryMove(
    entry: Entry,
    ...to: Parameters<SessionBook['move']> extends [Entry, ...infer Rest] ? Rest : never
  ): boolean {
    try {
      this.#book.move(entry, ...to);
      return true;
    } catch (failure) {
      this.#options.log.error(
        { session: entry.record.id, to: to[0], failure },
        'a state of a session cannot be stored',
      );
      return false;
    }
  }
}
