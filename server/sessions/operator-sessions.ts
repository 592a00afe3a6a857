// What the operator may see and do with all readers' sessions: list them, end one. The rules of an end are in session-life.ts.
import { LabError } from '../errors.ts';
import type { SessionState } from '../protocol/messages.ts';
import type { Entry, SessionBook } from './session-book.ts';
import type { SessionClock } from './session-clock.ts';
import type { SessionLife } from './session-life.ts';
import { isAlive, type SessionRecord } from './session-record.ts';

/** A session as the operator sees it. What only a running server knows is absent if none runs. */
export interface OperatorSession {
  id: string;
  lab: string;
  /** `gone`: recorded by a server that no longer runs, and its sandbox does not exist. */
  state: SessionState | 'gone';
  /** The beginning of the reader's number: enough to distinguish readers, but not to act as one. */
  reader: string;
  /** Each with what is known about it, as in `desktop (ready)`. */
  machines: string[];
  /** Time since it began, not counting time without a server. */
  ageMs: number;
  /** Time since the last sign of its reader. */
  idleMs?: number;
  endsInMs?: number;
  /** Connected pages. */
  viewers?: number;
}

export interface OperatorOptions {
  book: SessionBook;
  life: SessionLife;
  clock: SessionClock;
}

/** How much of a reader's number an operator sees. */
const shownLetters = 8;

export class OperatorSessions {
  readonly #options: OperatorOptions;

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  /** All that have or wait for a sandbox, oldest first. */
  list(): OperatorSession[] {
    return this.#options.book
      .all()
      .filter(({ record }) => mayEnd(record))
      .map((entry) => this.#view(entry));
  }

  /**
   * Ends a session, as its reader would; its pages say that it was the operator. Returns when its sandbox is gone.
   * @throws {LabError} LAB_ERR_NO_SESSION; LAB_ERR_DISK_FULL and others when it has not ended; it is tried again
   */
  async end(id: string): Promise<void> {
    const entry = this.#options.book.find(id);
    if (entry === undefined || !mayEnd(entry.record))
      throw new LabError('LAB_ERR_NO_SESSION', `there is no session ${id}, or no longer`);
    await this.#options.life.end(entry, 'by-operator');
  }

  #view(entry: Entry): OperatorSession {
    const { book, clock } = this.#options;
    const { id, lab, state, createdAt } = entry.record;
    const { machines, endsInMs } = book.view(entry);
    const now = clock.now();
    return {
      id,
      lab,
      state,
      reader: shownReader(entry.record),
      machines: machines.map(({ name, vm }) =>
        vm === undefined ? name : `${name} (${vm.power === 'off' ? 'off' : (vm.phase ?? 'on')})`,
      ),
      ageMs: Math.round(now - createdAt),
      ...(isAlive(entry.record) ? { idleMs: Math.round(now - entry.activeAt), endsInMs } : {}),
      viewers: entry.pages,
    };
  }
}

/** Whether there is anything to end: a sandbox, or a place in the queue. */
export function mayEnd(record: Pick<SessionRecord, 'state'>): boolean {
  return isAlive(record) || record.state === 'ending';
}

/** @returns the part of the reader's number that an operator sees */
export function shownReader({ reader }: Pick<SessionRecord, 'reader'>): string {
  return reader.slice(0, shownLetters);
}
