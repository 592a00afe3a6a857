// The sessions that this server knows, each with what only this process knows of it. Lookups, views, changes; no rules.
import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { Lab } from '../../labs/read-lab.ts';
import { LabError } from '../errors.ts';
import type { Engine } from '../machines/engine.ts';
import type { LabView, SessionReason, SessionState, SessionView, TerminalView } from '../protocol/messages.ts';
import type { LabReadiness } from './lab-readiness.ts';
import { isSeated, mayBecome, viewOf, type SessionRecord } from './session-record.ts';
import type { SessionStore } from './session-store.ts';

export interface BookOptions {
  labs: readonly Lab[];
  engine: Engine;
  readiness: LabReadiness;
  store: SessionStore;
  log: Logger;
}

export interface Entry {
  readonly record: SessionRecord;
  readonly lab: Lab;
  terminals: TerminalView[];
  /** When the terminals before these were lost; milliseconds since 1970. */
  terminalsLostAt?: number;
  /** Connected pages. */
  pages: number;
  isChecking: boolean;
  /** Connected graphical consoles. */
  screens: number;
  /** Machines that something is being done to: one thing at a time. */
  readonly acting: Set<string>;
  /** It replaces one that had a seat: nobody goes before it. */
  readonly keepsSeat: boolean;
  /** The end that pages were told last. */
  toldEndsAt: number;
  /** The place in the queue that pages were told last. */
  toldPlace: number | undefined;
}

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

  add(record: SessionRecord, lab: Lab, keepsSeat = false): Entry {
    const entry: Entry = {
      record,
      lab,
      terminals: [],
      pages: 0,
      isChecking: false,
      screens: 0,
      acting: new Set(),
      keepsSeat,
      toldEndsAt: 0,
      toldPlace: undefined,
    };
    this.#entries.set(record.id, entry);
    return entry;
  }

  forget(id: string): void {
    this.#entries.delete(id);
    this.#options.store.forget(id);
  }

  /** @throws {LabError} LAB_ERR_NO_SESSION, LAB_ERR_FORBIDDEN */
  own(reader: string, id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined)
      throw new LabError('LAB_ERR_NO_SESSION', 'there is no such session (any more); start the lab again');
    if (entry.record.reader !== reader) throw new LabError('LAB_ERR_FORBIDDEN', 'this session is another reader’s');
    return entry;
  }

  /** As `own`. @throws {LabError} LAB_ERR_NOT_READY */
  ready(reader: string, id: string): Entry {
    const entry = this.own(reader, id);
    if (entry.record.state !== 'ready') throw notReady(entry.record);
    return entry;
  }

  /** @throws {LabError} LAB_ERR_NO_LAB, LAB_ERR_LAB_FILE */
  lab(id: string): Lab {
    const lab = this.#options.labs.find((candidate) => candidate.id === id);
    if (lab !== undefined) return lab;
    const broken = this.#options.readiness.brokenViews().find((view) => view.id === id);
    if (broken !== undefined) throw new LabError('LAB_ERR_LAB_FILE', broken.detail ?? `lab ${id} cannot be read`);
    const names = this.#options.labs.map((known) => known.id).join(', ');
    throw new LabError('LAB_ERR_NO_LAB', `there is no lab "${id}", expected one of: ${names}`);
  }

  labs(): LabView[] {
    const { labs, readiness } = this.#options;
    return [...labs.map((lab) => readiness.view(lab)), ...readiness.brokenViews()];
  }

  /** Sessions that take a seat. */
  seated(): number {
    return this.all().filter(({ record }) => isSeated(record)).length;
  }

  /** Sessions whose sandbox is on its way. */
  starting(): Entry[] {
    return this.all().filter(({ record }) => record.state === 'starting');
  }

  /** Those who wait for a seat, first come first. */
  queue(): Entry[] {
    const waiting = this.all().filter(
      ({ record, lab }) =>
        (record.state === 'queued' || record.state === 'preparing') && this.#options.readiness.isReady(lab.id),
    );
    return [...waiting.filter(({ keepsSeat }) => keepsSeat), ...waiting.filter(({ keepsSeat }) => !keepsSeat)];
  }

  /** Moves a session on; a step back is ignored. */
  move(entry: Entry, state: SessionState, reason?: SessionReason, detail?: string): void {
    const { record } = entry;
    if (!mayBecome(record.state, state)) return;
    record.state = state;
    delete record.reason;
    delete record.detail;
    if (reason !== undefined) record.reason = reason;
    if (detail !== undefined) record.detail = detail;
    if (state === 'failed') record.endedAt = Date.now();
    const why = reason ?? detail;
    const words = why === undefined ? state : `${state} (${why})`;
    this.#options.log.info({ session: record.id, lab: record.lab }, `the session is ${words}`);
    this.changed(entry);
  }

  /** Keeps what changed and tells the session's pages. */
  changed(entry: Entry): void {
    this.#options.store.save(entry.record);
    this.tell(entry);
  }

  /** Tells the session's pages what is not kept: places in the queue, virtual machines. */
  tell(entry: Entry): void {
    const view = this.view(entry);
    entry.toldEndsAt = view.endsAt;
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
    const { progress } = this.#options.readiness.view(entry.lab);
    const { id, state } = entry.record;
    const place = state === 'queued' ? this.queue().indexOf(entry) + 1 : 0;
    return viewOf(
      entry.record,
      entry.lab,
      {
        terminals: entry.terminals.map((terminal) => ({ ...terminal })),
        terminalsSilent: this.#areTerminalsSilent && state === 'ready',
        ...(entry.terminalsLostAt === undefined ? {} : { terminalsLostAt: entry.terminalsLostAt }),
        vms: state === 'ready' ? this.#options.engine.vms(id) : {},
        unenforced: this.#options.engine.unenforced,
        ...(progress === undefined ? {} : { progress }),
        ...(place === 0 ? {} : { place }),
      },
      Date.now(),
    );
  }
}

/** For whatever needs a sandbox while there is none. */
export function notReady({ state, reason }: SessionRecord): LabError {
  const because = reason === undefined ? '' : ` (${reason})`;
  return new LabError('LAB_ERR_NOT_READY', `the session is ${state}${because}, expected ready`);
}
