// What the operator may see and do with all readers' sessions: list them, end one. The rules of an end are in session-life.ts.
import { LabError } from '../errors.ts';
import type { SessionState } from '../protocol/messages.ts';
import type { Entry, SessionBook } from './session-book.ts';
import type { SessionClock } from './session-clock.ts';
import type { SessionLife } from './session-life.ts';
import { isAlive, type SessionRecord } from './session-record.ts';

/** A session as the operator sees it. What only a running server knows is absent when none runs. */
export interface OperatorSession {
  id: string;
  lab: string;
  /** `gone`: recorded by a server that does not run any more, and its sandbox is not there. */
  state: SessionState | 'gone';
  /** The first letters of the reader's number: enough to tell readers apart, not to be one. */
  reader: string;
  /** Each with what is known about it, as in `desktop (ready)`. */
  machines: string[];
  /** Since it began, as servers count: time without a server does not. */
  ageMs: number;
  /** Since the last sign of its reader. */
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

  /** All that have, wait for, or still have a sandbox, oldest first. */
  list(): OperatorSession[] {
    return this.#options.book
      .all()
      .filter(({ record }) => mayEnd(record))
      .map((entry) => this.#view(entry));
  }

  /**
   * Ends a session, as its reader would; its pages say that it was the operator. Comes back when its sandbox is gone.
   * @throws {LabError} LAB_ERR_NO_SESSION; LAB_ERR_DISK_FULL and others when it has not ended: it is tried again
   */
  async end(id: string): Promise<void> {
    const entry = this.#options.book.find(id);
    if (entry === undefined || !mayEnd(entry.record))
      throw new LabError('LAB_ERR_NO_SESSION', `there is no session ${id} (any more)`);
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

/** Whether there is something of it to end: a sandbox, or a place in the queue. */
export function mayEnd(record: Pick<SessionRecord, 'state'>): boolean {
  return isAlive(record) || record.state === 'ending';
}

/** @returns what of the reader's number an operator sees */
export function shownReader({ reader }: Pick<SessionRecord, 'reader'>): string {
  return reader.slice(0, shownLetters);
}
