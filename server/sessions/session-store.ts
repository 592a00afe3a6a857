// Session records in SQLite, so that a server that was killed finds its readers' sessions again. Knows no rules.
import { DatabaseSync } from 'node:sqlite';
import { LabError } from '../errors.ts';
import type { SessionReason, SessionState } from '../protocol/messages.ts';
import type { SessionRecord } from './session-record.ts';

/** One statement per version; `user_version` counts those that ran. Never edit one that was released: append. */
const migrations = [
  `CREATE TABLE sessions (
    id TEXT PRIMARY KEY, reader TEXT NOT NULL, lab TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, detail TEXT,
    created_at INTEGER NOT NULL, ready_at INTEGER, active_at INTEGER NOT NULL, extensions INTEGER NOT NULL,
    next_terminal INTEGER NOT NULL, ended_at INTEGER
  ) STRICT`,
  'CREATE INDEX sessions_by_reader ON sessions (reader)',
  'ALTER TABLE sessions ADD COLUMN started_from TEXT',
];

/** A server that was asked to stop may still be at it. */
const busyTimeoutMs = 5_000;

export class SessionStore {
  readonly #db: DatabaseSync;

  /**
   * @param path a file, or `:memory:` for tests.
   * @throws {LabError} LAB_ERR_SETTING when another server uses it; {Error} from SQLite: not writable, damaged, newer.
   */
  constructor(path: string) {
    this.#db = new DatabaseSync(path, { timeout: busyTimeoutMs });
    this.#lock(path);
    // A kill -9 loses nothing that was committed; a power cut may lose the last second, which no session cares about.
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    const version = Number(this.#db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (version > migrations.length) {
      throw new Error(
        `${path} is of version ${version}, this server knows ${migrations.length}; use the newer server again`,
      );
    }
    for (const [index, migration] of migrations.entries()) {
      if (index >= version) this.#db.exec(`BEGIN; ${migration}; PRAGMA user_version = ${index + 1}; COMMIT`);
    }
  }

  /** Two servers on one state directory would end each other's sandboxes. The lock goes with the process. */
  #lock(path: string): void {
    try {
      this.#db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
    } catch (failure) {
      this.#db.close();
      const message = `${path} is in use: another lab server runs on this state directory; end it or choose another with --state-dir`;
      throw new LabError('LAB_ERR_SETTING', message, failure);
    }
  }

  all(): SessionRecord[] {
    return this.#db.prepare('SELECT * FROM sessions ORDER BY created_at, rowid').all().map(fromRow);
  }

  save(record: SessionRecord): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        record.id,
        record.reader,
        record.lab,
        record.state,
        record.reason ?? null,
        record.detail ?? null,
        record.createdAt,
        record.readyAt ?? null,
        record.activeAt,
        record.extensions,
        record.nextTerminal,
        record.endedAt ?? null,
        record.from ?? null,
      );
  }

  forget(id: string): void {
    this.#db.prepare('DELETE FROM sessions WHERE id = ?').run(id);
  }

  close(): void {
    this.#db.close();
  }
}

function fromRow(row: Record<string, unknown>): SessionRecord {
  const optional = <Key extends string>(key: Key, value: unknown) => (value === null ? {} : { [key]: value });
  return {
    id: String(row['id']),
    reader: String(row['reader']),
    lab: String(row['lab']),
    ...(optional('from', row['started_from']) as { from?: string }),
    // Only this file writes the table.
    state: row['state'] as SessionState,
    ...(optional('reason', row['reason']) as { reason?: SessionReason }),
    ...(optional('detail', row['detail']) as { detail?: string }),
    createdAt: Number(row['created_at']),
    ...(optional('readyAt', row['ready_at']) as { readyAt?: number }),
    activeAt: Number(row['active_at']),
    extensions: Number(row['extensions']),
    nextTerminal: Number(row['next_terminal']),
    ...(optional('endedAt', row['ended_at']) as { endedAt?: number }),
  };
}
