// Session records in SQLite, so that a server that was killed finds its readers' sessions again. Knows no rules.
import { DatabaseSync } from 'node:sqlite';
import { LabError } from '../errors.ts';
import type { SessionReason, SessionState } from '../protocol/messages.ts';
import type { SessionRecord } from './session-record.ts';

/** One migration per version; `user_version` counts those that ran. Never edit a released one: append. */
const migrations = [
  `CREATE TABLE sessions (
    id TEXT PRIMARY KEY, reader TEXT NOT NULL, lab TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, detail TEXT,
    created_at INTEGER NOT NULL, ready_at INTEGER, active_at INTEGER NOT NULL, extensions INTEGER NOT NULL,
    next_terminal INTEGER NOT NULL, ended_at INTEGER
  ) STRICT`,
  'CREATE INDEX sessions_by_reader ON sessions (reader)',
  'ALTER TABLE sessions ADD COLUMN started_from TEXT',
  'ALTER TABLE sessions ADD COLUMN lab_file TEXT',
  // Up to here times were those of the host's clock: the session clock continues from the last of them.
  `CREATE TABLE served (one INTEGER PRIMARY KEY CHECK (one = 1), ms INTEGER NOT NULL) STRICT;
   INSERT INTO served SELECT 1, coalesce(max(max(created_at, coalesce(ready_at, 0), active_at, coalesce(ended_at, 0))), 0)
   FROM sessions`,
  'ALTER TABLE sessions DROP COLUMN active_at',
];

/** Time for a server that was asked to stop and is still stopping. */
const busyTimeoutMs = 5_000;
/** SQLite's result codes, without their extension: SQLITE_BUSY, SQLITE_IOERR, SQLITE_FULL. */
const busyCode = 5;
const roomCodes: readonly (number | undefined)[] = [10, 13];

/** A record as it was stored; `labFile` is missing in those of a server that did not keep it. */
export type StoredRecord = Omit<SessionRecord, 'labFile'> & { labFile?: unknown };

export class SessionStore {
  readonly #db: DatabaseSync;
  readonly #path: string;
  #trouble: string | undefined;

  /**
   * @param path a file, or `:memory:` for tests.
   * @throws {LabError} LAB_ERR_SETTING when another server uses it; {Error} from SQLite: not writable, damaged, newer.
   */
  constructor(path: string) {
    this.#path = path;
    this.#db = new DatabaseSync(path, { timeout: busyTimeoutMs });
    this.#lock(path);
    // A kill -9 loses nothing that was committed; a power cut may lose the last second, which matters to no session.
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    const version = Number(this.#db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (version > migrations.length) {
      throw new Error(
        `${path} has version ${version}, but this server knows only ${migrations.length}; use the newer server again`,
      );
    }
    for (const [index, migration] of migrations.entries()) {
      if (index >= version) this.#db.exec(`BEGIN; ${migration}; PRAGMA user_version = ${index + 1}; COMMIT`);
    }
  }

  /** Two servers on one state directory would end each other's sandboxes. The lock ends with the process. */
  #lock(path: string): void {
    try {
      this.#db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
    } catch (failure) {
      this.#db.close();
      if (codeOf(failure) !== busyCode) throw failure;
      const message = `${path} is in use: another lab server runs on this state directory; end it or choose another with --state-dir`;
      throw new LabError('LAB_ERR_SETTING', message, failure);
    }
  }

  /** Why nothing can be stored now, in one sentence; undefined when the last write succeeded. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  all(): StoredRecord[] {
    return this.#db.prepare('SELECT * FROM sessions ORDER BY created_at, rowid').all().map(fromRow);
  }

  /** @throws {LabError} LAB_ERR_DISK_FULL; then what was stored before still exists */
  save(record: SessionRecord): void {
    const columns = toRow(record);
    const names = Object.keys(columns);
    const places = names.map(() => '?').join(', ');
    this.#write(`INSERT OR REPLACE INTO sessions (${names.join(', ')}) VALUES (${places})`, Object.values(columns));
  }

  /** @throws {LabError} LAB_ERR_DISK_FULL */
  forget(id: string): void {
    this.#write('DELETE FROM sessions WHERE id = ?', [id]);
  }

  /** The session clock when it was last stored; no record has a later time. */
  servedMs(): number {
    const last = 'max(max(created_at, coalesce(ready_at, 0), coalesce(ended_at, 0)))';
    const row = this.#db
      .prepare(`SELECT max(coalesce((SELECT ms FROM served), 0), coalesce(${last}, 0)) AS ms FROM sessions`)
      .get();
    return Number(row?.['ms'] ?? 0);
  }

  /** @throws {LabError} LAB_ERR_DISK_FULL */
  keepServed(servedMs: number): void {
    this.#write('INSERT OR REPLACE INTO served VALUES (1, ?)', [Math.round(servedMs)]);
  }

  close(): void {
    this.#db.close();
  }

  #write(statement: string, values: (string | number | null)[]): void {
    try {
      this.#db.prepare(statement).run(...values);
      this.#trouble = undefined;
    } catch (failure) {
      const found = failure instanceof Error ? failure.message : String(failure);
      this.#trouble = `${this.#path} cannot be written (${found}); make room on its disk`;
      if (!roomCodes.includes(codeOf(failure))) throw failure;
      throw new LabError('LAB_ERR_DISK_FULL', `the session cannot be stored: ${this.#trouble}`, failure);
    }
  }
}

function codeOf(failure: unknown): number | undefined {
  if (!(failure instanceof Error) || !('errcode' in failure)) return undefined;
  // Only the low byte; the rest refines it.
  return Number(failure.errcode) % 256;
}

function toRow(record: SessionRecord): Record<string, string | number | null> {
  return {
    id: record.id,
    reader: record.reader,
    lab: record.lab,
    lab_file: JSON.stringify(record.labFile),
    started_from: record.from ?? null,
    state: record.state,
    reason: record.reason ?? null,
    detail: record.detail ?? null,
    created_at: Math.round(record.createdAt),
    ready_at: record.readyAt === undefined ? null : Math.round(record.readyAt),
    extensions: record.extensions,
    next_terminal: record.nextTerminal,
    ended_at: record.endedAt === undefined ? null : Math.round(record.endedAt),
  };
}

function fromRow(row: Record<string, unknown>): StoredRecord {
  const optional = <Key extends string>(key: Key, value: unknown) => (value === null ? {} : { [key]: value });
  return {
    id: String(row['id']),
    reader: String(row['reader']),
    lab: String(row['lab']),
    ...(typeof row['lab_file'] === 'string' ? { labFile: JSON.parse(row['lab_file']) as unknown } : {}),
    ...(optional('from', row['started_from']) as { from?: string }),
    // Not validated, because only this file writes the table.
    state: row['state'] as SessionState,
    ...(optional('reason', row['reason']) as { reason?: SessionReason }),
    ...(optional('detail', row['detail']) as { detail?: string }),
    createdAt: Number(row['created_at']),
    ...(optional('readyAt', row['ready_at']) as { readyAt?: number }),
    extensions: Number(row['extensions']),
    nextTerminal: Number(row['next_terminal']),
    ...(optional('endedAt', row['ended_at']) as { endedAt?: number }),
  };
}
