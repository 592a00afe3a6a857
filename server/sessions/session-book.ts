// The sessions that this server knows, each with what only this process knows about it. Lookups, views, changes; no rules.
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { LabCatalogue } from '../../labs/lab-catalogue.ts';
import type { LabFile } from '../../labs/lab-schema.ts';
import type { Lab } from '../../labs/read-lab.ts';
import { LabError } from '../errors.ts';
import type { Engine } from '../machines/engine.ts';
import { printable, quotedCharacters } from '../printable-text.ts';
import type { LabView, SessionReason, SessionState, SessionView, TerminalView } from '../protocol/messages.ts';
import type { LabReadiness } from './lab-readiness.ts';
import type { SessionClock } from './session-clock.ts';
import { isAlive, isSeated, mayBecome, viewOf, type SessionRecord } from './session-record.ts';
import type { SessionStore } from './session-store.ts';

export interface BookOptions {
  labs: LabCatalogue;
  labsDir: string;
  engine: Engine;
  readiness: LabReadiness;
  store: SessionStore;
  clock: SessionClock;
  log: Logger;
}

export interface Entry {
  /** As it is stored: `change` replaces it, and it is never modified. */
  record: Readonly<SessionRecord>;
  /** The lab as it was when the session began. */
  readonly lab: Lab;
  /** By the session clock: the last sign of the reader. */
  activeAt: number;
  terminals: TerminalView[];
  /** The address from which it was started; only in memory, and only until the session ends. Unknown after a restart of the server. */
  address?: string;
  /** When the previous terminals were lost, in milliseconds since 1970. */
  terminalsLostAt?: number;
  /** Connected pages. */
  pages: number;
  isChecking: boolean;
  /** Connected graphical consoles. */
  screens: number;
  /** Machines with an action in progress: one action at a time. */
  readonly acting: Set<string>;
  /** It replaces a session that had a seat, so it goes first. */
  readonly keepsSeat: boolean;
  /** Its seat has passed to the session that replaces it. */
  hasGivenSeat: boolean;
  /** It is from the previous server, and it is not known yet whether its sandbox still runs. */
  isUnknown: boolean;
  /** Settles when the server has looked for its sandbox, whatever it found. */
  restored: Promise<void>;
  /** Its end was requested; while that cannot be stored, it is tried again. */
  endsFor: SessionReason | undefined;
  /** The end that pages were last told, by the clock with which they count down. */
  toldEndsAt: number;
  /** The place in the queue that pages were last told. */
  toldPlace: number | undefined;
}

/** The changes to a record; undefined removes a field. */
export type Changes = Partial<Omit<SessionRecord, 'id' | 'reader' | 'lab'>>;

export class SessionBook {
  readonly #options: BookOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #changes = new EventEmitter().setMaxListeners(0);
  /** The process that holds all terminals does not answer. */
  #areTerminalsSilent = false;

  constructor(options: BookOptions) {
    this.#options = options;
  }

  /** All sessions, oldest first; a copy, so that entries may come and go meanwhile. */
  all(): Entry[] {
    return [...this.#entries.values()];
  }

  find(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** A new session. @throws {LabError} LAB_ERR_DISK_FULL; then there is none */
  add(record: SessionRecord, keepsSeat = false): Entry {
    this.#options.store.save(record);
    const entry = this.take(record, keepsSeat);
    this.tell(entry);
    return entry;
  }

  /** Adds a session that is already stored. */
  take(record: SessionRecord, keepsSeat = false): Entry {
    const entry: Entry = {
      record,
      lab: this.#labOf(record.lab, record.labFile),
      activeAt: this.#options.clock.now(),
      terminals: [],
      pages: 0,
      isChecking: false,
      screens: 0,
      acting: new Set(),
      keepsSeat,
      hasGivenSeat: false,
      isUnknown: false,
      restored: Promise.resolve(),
      endsFor: undefined,
      toldEndsAt: 0,
      toldPlace: undefined,
    };
    this.#entries.set(record.id, entry);
    return entry;
  }

  /** @throws {LabError} LAB_ERR_DISK_FULL; then it still exists */
  forget(id: string): void {
    this.#options.store.forget(id);
    this.#entries.delete(id);
  }

  /** Notes that the reader is present. */
  used(entry: Entry): void {
    entry.activeAt = this.#options.clock.now();
  }

  /** @throws {LabError} LAB_ERR_NO_SESSION, LAB_ERR_FORBIDDEN */
  own(reader: string, id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined)
      throw new LabError('LAB_ERR_NO_SESSION', 'there is no such session, or no longer; start the lab again');
    if (entry.record.reader !== reader)
      throw new LabError('LAB_ERR_FORBIDDEN', 'this session belongs to another reader');
    return entry;
  }

  /** As `own`. @throws {LabError} LAB_ERR_NOT_READY */
  ready(reader: string, id: string): Entry {
    const entry = this.own(reader, id);
    if (entry.record.state !== 'ready') throw notReady(entry.record);
    return entry;
  }

  /** The lab as its files are now. @throws {LabError} LAB_ERR_NO_LAB, LAB_ERR_LAB_FILE */
  lab(id: string): Lab {
    const { labs } = this.#options;
    const lab = labs.find(id);
    if (lab !== undefined) return lab;
    const broken = this.brokenLab(id);
    if (broken !== undefined) throw new LabError('LAB_ERR_LAB_FILE', broken.detail ?? `lab ${id} cannot be read`);
    const names = labs.all().map((known) => known.id);
    throw new LabError('LAB_ERR_NO_LAB', `there is no lab "${id}", expected one of: ${names.join(', ')}`);
  }

  labs(): LabView[] {
    const { labs, readiness } = this.#options;
    return [...labs.all().map((lab) => readiness.view(lab)), ...this.#brokenLabs()];
  }

  /** What pages are told about a lab that cannot be started because of a mistake in its files. */
  brokenLab(id: string): LabView | undefined {
    return this.#brokenLabs().find((view) => view.id === id);
  }

  /** Labs with a mistake, and labs that are gone while their sessions keep running. */
  #brokenLabs(): LabView[] {
    const { labs, labsDir } = this.#options;
    const views = new Map<string, LabView>();
    for (const { lab, record } of this.all()) {
      if (!isAlive(record) || labs.find(lab.id) !== undefined) continue;
      const detail = `${join(labsDir, lab.id, 'lab.yaml')} no longer exists; put it back to start the lab again`;
      views.set(lab.id, { id: lab.id, title: lab.file.title, state: 'failed', detail, states: [] });
    }
    for (const { id, title, error } of labs.broken())
      views.set(id, { id, title, state: 'failed', detail: error.message, states: [] });
    return [...views.values()];
  }

  /** Sessions that take a seat: until their sandbox is gone, except those that have passed it on. */
  seated(): number {
    return this.all().filter((entry) => takesSeat(entry)).length;
  }

  /** Sessions whose sandbox is starting. */
  starting(): Entry[] {
    return this.all().filter(({ record }) => record.state === 'starting');
  }

  /** Sessions that wait for a seat, in order of arrival. */
  queue(): Entry[] {
    const waiting = this.all().filter(
      ({ record, lab }) =>
        (record.state === 'queued' || record.state === 'preparing') && this.#options.readiness.isReady(lab.id),
    );
    return [...waiting.filter(({ keepsSeat }) => keepsSeat), ...waiting.filter(({ keepsSeat }) => !keepsSeat)];
  }

  /** Moves a session on; a step back is ignored. @throws {LabError} LAB_ERR_DISK_FULL; then it stays where it is */
  move(entry: Entry, state: SessionState, reason?: SessionReason, more: Changes = {}): void {
    if (!mayBecome(entry.record.state, state)) return;
    const isOver = state === 'failed' || state === 'ended';
    const endedAt = isOver ? { endedAt: this.#options.clock.now() } : {};
    this.change(entry, { detail: undefined, ...endedAt, ...more, state, reason });
    if (isOver) delete entry.address;
    const { id, lab, detail } = entry.record;
    const why = reason ?? detail;
    const words = why === undefined ? state : `${state} (${printable(why, quotedCharacters)})`;
    this.#options.log.info({ session: id, lab }, `the session is ${words}`);
  }

  /** Stores the changes, then applies them and tells the session's pages. @throws {LabError} LAB_ERR_DISK_FULL; then nothing has changed */
  change(entry: Entry, changes: Changes): void {
    const record = { ...entry.record, ...changes };
    this.#options.store.save(record);
    entry.record = record;
    this.tell(entry);
  }

  /** Tells the session's pages about what is not stored: places in the queue, terminals, virtual machines, the end. */
  tell(entry: Entry): void {
    const view = this.view(entry);
    entry.toldEndsAt = this.#options.clock.steadyMs() + view.endsInMs;
    entry.toldPlace = view.place;
    this.#changes.emit(entry.record.id, view);
  }

  /** Tells all pages whether their terminals answer. */
  terminalsAre(silent: boolean): void {
    if (this.#areTerminalsSilent === silent) return;
    this.#areTerminalsSilent = silent;
    for (const entry of this.all()) if (entry.record.state === 'ready') this.tell(entry);
  }

  /** @returns a function that ends it. */
  onChange(id: string, listener: (view: SessionView) => void): () => void {
    this.#changes.on(id, listener);
    return () => this.#changes.off(id, listener);
  }

  view(entry: Entry): SessionView {
    const { readiness, engine, clock } = this.#options;
    const { progress } = readiness.view(entry.lab);
    const { id, state } = entry.record;
    const place = state === 'queued' ? this.queue().indexOf(entry) + 1 : 0;
    const present = {
      terminals: entry.terminals.map((terminal) => ({ ...terminal })),
      terminalsSilent: this.#areTerminalsSilent && state === 'ready',
      ...(entry.terminalsLostAt === undefined ? {} : { terminalsLostAt: entry.terminalsLostAt }),
      vms: state === 'ready' ? engine.vms(id) : {},
      unenforced: engine.unenforced,
      ...(progress === undefined ? {} : { progress }),
      ...(place === 0 ? {} : { place }),
    };
    return viewOf(entry, entry.lab, present, clock.now());
  }

  #labOf(id: string, file: LabFile): Lab {
    const { labs, labsDir } = this.#options;
    const filesDir = labs.find(id)?.filesDir;
    return { id, dir: join(labsDir, id), file, ...(filesDir === undefined ? {} : { filesDir }) };
  }
}

function takesSeat({ record, hasGivenSeat }: Entry): boolean {
  return !hasGivenSeat && (isSeated(record) || record.state === 'ending');
}

/** The error for whatever needs a sandbox while there is none. */
export function notReady({ state, reason }: Pick<SessionRecord, 'state' | 'reason'>): LabError {
  const because = reason === undefined ? '' : ` (${reason})`;
  return new LabError('LAB_ERR_NOT_READY', `the session is ${state}${because}, expected ready`);
}
