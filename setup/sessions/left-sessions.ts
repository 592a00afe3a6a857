// Sessions that the last server has left running: from its records and the engine. Only while no server runs, which the lock
// on the records proves.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { labSchema } from '../../labs/lab-schema.ts';
import type { LabServerConfig } from '../../server/config.ts';
import { LabError } from '../../server/errors.ts';
import { createEchoEngine } from '../../server/machines/echo/echo-engine.ts';
import type { Engine } from '../../server/machines/engine.ts';
import { createPodmanEngine } from '../../server/machines/podman/podman-engine.ts';
import { mayEnd, shownReader, type OperatorSession } from '../../server/sessions/operator-sessions.ts';
import { SessionStore, type StoredRecord } from '../../server/sessions/session-store.ts';
import { HostControl } from '../../server/terminals/host-control.ts';
import { hostSocketPath } from '../../server/terminals/host-protocol/host-paths.ts';
import type { SessionsSource } from './sessions-source.ts';

/** @throws {Error} when a server that does not answer uses the records, or the engine cannot be asked */
export async function openLeftSessions(config: LabServerConfig): Promise<SessionsSource> {
  const file = join(config.stateDir, 'state.sqlite');
  if (!existsSync(file))
    throw new Error(
      `no server has kept sessions in ${config.stateDir}; name the state directory of yours with --state-dir`,
    );
  const engine = openEngine(config);
  const missing = await engine.open();
  if (missing !== undefined) throw new Error(`cannot find out what runs: ${missing}`);
  return new LeftSessions(openStore(file), engine, config.stateDir);
}

function openEngine({ engine, stateDir, storageDir }: LabServerConfig): Engine {
  return engine === 'echo'
    ? createEchoEngine({}, join(stateDir, 'echo'))
    : createPodmanEngine({ stateDir, storageDir });
}

function openStore(file: string): SessionStore {
  try {
    return new SessionStore(file);
  } catch (failure) {
    if (!(failure instanceof LabError)) throw failure;
    throw new Error(
      `${file} is in use, but no server answers: one is starting, stopping, or of an earlier version; try again, or restart it`,
      { cause: failure },
    );
  }
}

class LeftSessions implements SessionsSource {
  readonly isServed = false;
  readonly #store: SessionStore;
  readonly #engine: Engine;
  readonly #stateDir: string;

  constructor(store: SessionStore, engine: Engine, stateDir: string) {
    this.#store = store;
    this.#engine = engine;
    this.#stateDir = stateDir;
  }

  /** Recorded sessions, and sandboxes that belong to none, which were prepared for readers who never came. */
  async list(): Promise<OperatorSession[]> {
    const there = new Set(await this.#engine.list());
    const recorded = this.#store.all().filter(mayEnd);
    const nobodys = [...there].filter((id) => !recorded.some((record) => record.id === id));
    return [
      ...recorded.map((record) => this.#view(record, there.has(record.id))),
      ...nobodys.map((id): OperatorSession => ({ id, lab: '', state: 'ready', reader: '', machines: [], ageMs: 0 })),
    ];
  }

  #view(record: StoredRecord, isThere: boolean): OperatorSession {
    const { id, lab, state, createdAt } = record;
    const needsSandbox = state === 'ready' || state === 'ending';
    const file = labSchema.safeParse(record.labFile).data;
    return {
      id,
      lab,
      state: needsSandbox && !isThere ? 'gone' : state,
      reader: shownReader(record),
      machines: file?.machines.map(({ name }) => name) ?? [],
      ageMs: this.#store.servedMs() - createdAt,
    };
  }

  async end(id: string): Promise<void> {
    const record = this.#store.all().find((stored) => stored.id === id && mayEnd(stored));
    if (record === undefined && !(await this.#engine.list()).includes(id))
      throw new Error(`there is no session ${id}, or no longer`);
    const reason = record?.state === 'ending' ? record.reason : 'by-operator';
    // As a server does it: an end that is cut short here is completed by the next one.
    if (record !== undefined) this.#save({ ...record, state: 'ending', reason });
    await this.#closeTerminals(id);
    await this.#engine.stop(id);
    const endedAt = this.#store.servedMs();
    if (record !== undefined) this.#save({ ...record, state: 'ended', reason, endedAt });
  }

  /** A record of a server that stored no lab file with it has nothing that a page could show later. */
  #save(record: StoredRecord): void {
    const labFile = labSchema.safeParse(record.labFile).data;
    if (labFile === undefined) this.#store.forget(record.id);
    else this.#store.save({ ...record, labFile });
  }

  /** Ends the terminals, whose programs would otherwise go on as orphans of the sandbox. Without a pty host there are none. */
  async #closeTerminals(session: string): Promise<void> {
    const found = await HostControl.connect(hostSocketPath(this.#stateDir));
    if (found === undefined) return;
    try {
      await found.control.request('closeSession', { session });
    } finally {
      found.control.close();
    }
  }

  close(): void {
    this.#store.close();
  }
}
