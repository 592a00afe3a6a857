// Puts the server together: makes a listening server from settings and an engine. No process globals, no signals.
import { availableParallelism, freemem } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { LabCatalogue } from '../labs/lab-catalogue.ts';
import type { LabServerConfig } from './config.ts';
import { createHttpApp, listen } from './http/http-app.ts';
import { openOperatorSocket } from './http/operator-socket.ts';
import { createLog } from './log.ts';
import { closeFiles, makeClosedFile, makePassable } from './closed-files.ts';
import type { Engine } from './machines/engine.ts';
import { closeCode } from './protocol/close-codes.ts';
import { roomFor } from './sessions/host-room.ts';
import { LabReadiness } from './sessions/lab-readiness.ts';
import { MachineActions } from './sessions/machine-actions.ts';
import { OperatorSessions } from './sessions/operator-sessions.ts';
import { Sandboxes } from './sessions/sandboxes.ts';
import { SessionBook } from './sessions/session-book.ts';
import { SessionClock } from './sessions/session-clock.ts';
import { SessionLife } from './sessions/session-life.ts';
import { SessionRegistry } from './sessions/session-registry.ts';
import { openSessionStore } from './sessions/open-session-store.ts';
import { SessionRestore } from './sessions/session-restore.ts';
import { repeat, SessionRounds } from './sessions/session-rounds.ts';
import type { SessionStore } from './sessions/session-store.ts';
import { StartSlots } from './sessions/start-slots.ts';
import { TerminalNews } from './sessions/terminal-news.ts';
import { VmNews } from './sessions/vm-news.ts';
import { WindowReadings } from './sessions/window-readings.ts';
import type { TerminalService } from './terminals/terminal-service.ts';

export interface LabServerParts {
  engine: Engine;
  terminals: TerminalService;
  log?: Logger;
  /** For tests of time limits: milliseconds that only grow; absent: performance.now(). */
  steadyMs?: () => number;
}

export interface LabServer {
  /** Starts listening. @returns the address. @throws {LabError} LAB_ERR_SETTING when the port is taken. */
  listen(): Promise<string>;
  /** Stops serving. Sandboxes and terminals keep running: the next server finds them. */
  close(): Promise<void>;
}

/** Time limits are in minutes; five seconds late is on time. */
const tickEveryMs = 5_000;
/** Sandboxes are rarely orphaned; looking for them costs one `podman ps`. */
const reapEveryMs = 60_000;
/** An author who has saved a lab file looks at the page right after. */
const readLabsEveryMs = 2_000;
/** A podman that is being installed: three programs are asked for their version. */
const openEveryMs = 10_000;
/** A small host has few seats, and its readers wait for each other. */
const leastQueuePlaces = 10;
/** Starts at once for each processor: one waits for disks and containers while the other computes. */
const startsPerProcessor = 2;

/** @throws {Error} when the state directory cannot be used. */
export async function createLabServer(config: LabServerConfig, parts: LabServerParts): Promise<LabServer> {
  const log = parts.log ?? createLog(config.logLevel);
  // Other users may pass through to a storage directory below it; the content is only for this user.
  await makePassable(config.stateDir);
  await makeClosedFile(join(config.stateDir, 'state.sqlite'));
  await closeFiles(config.stateDir);
  const labs = new LabCatalogue(config.labsDir);
  const stopping = new AbortController();
  const store = openSessionStore(join(config.stateDir, 'state.sqlite'), (aside) =>
    log.error(`the records of sessions could not be read; kept as ${aside}, sessions that ran are ended`),
  );
  const clock = new SessionClock(store.servedMs(), parts.steadyMs);
  const { engine, terminals } = parts;
  const { signal } = stopping;
  const readiness = new LabReadiness({ labs, engine, log, signal });
  const book = new SessionBook({ labs, labsDir: config.labsDir, engine, readiness, store, clock, log });
  const freeMiB = () => freemem() / 1024 / 1024 - config.reserveMiB;
  const room = { labs: labs.all(), seats: config.seats, freeMiB, starting: () => book.starting() };
  const { seats, hasMemory } = roomFor(room);
  const slots = new StartSlots(startsPerProcessor * availableParallelism());
  const { prepared } = config;
  const labNow = (id: string) => labs.find(id);
  const sandboxes = new Sandboxes({ engine, terminals, log, prepared, slots, hasMemory, labNow, signal });
  const life = new SessionLife({ book, readiness, sandboxes, clock, log, seats, hasMemory });
  const shared = { book, life, engine, terminals, sandboxes, store, clock, log };
  const restore = new SessionRestore({ ...shared, labs });
  const rounds = new SessionRounds(shared);
  const terminalNews = new TerminalNews({ ...shared, restore });
  const readings = new WindowReadings({ book, engine, terminals, slots, log });
  const vmNews = new VmNews({ book, rounds, terminalNews, readings, engine, log });
  readiness.onChange((lab) => life.advance(lab));
  const tellBroken = () => {
    for (const { id, error } of labs.broken()) log.error({ lab: id }, `lab file refused:\n${error.message}`);
  };
  labs.onChange((id) => {
    const broken = labs.broken().find((other) => other.id === id);
    if (broken !== undefined) log.error({ lab: id }, `lab file refused:\n${broken.error.message}`);
    else log.info({ lab: id }, 'lab files have changed');
    sandboxes.forgetLab(id);
    readiness.changed(id);
  });
  const { sessionsPerReader, viewersPerSession } = config;
  // One address gets at most half of the seats, so that others find some; and as many may wait as may run.
  const sessionsPerAddress = config.sessionsPerAddress ?? Math.max(sessionsPerReader, Math.ceil(seats / 2));
  const queuePlaces = config.queuePlaces ?? Math.max(leastQueuePlaces, seats);
  const actions = new MachineActions({ book, engine, viewersPerSession });
  const problems = () => problemsOf({ store, readiness, rounds, labs });
  const limits = { seats, sessionsPerReader, sessionsPerAddress, queuePlaces, viewersPerSession };
  const own = { labs, restore, readiness, actions, readings, problems };
  const registry = new SessionRegistry({ ...shared, ...own, ...limits });
  restore.load();
  const app = await createHttpApp(config, registry, log);

  /** @returns as soon as it is known what the host lacks; the search for sessions may still go on */
  const openEngine = async () => {
    const before = readiness.missing;
    const missing = await readiness.open();
    if (missing !== undefined && missing !== before) log.warn(`no labs can be started: ${missing}`);
    void restore.restore();
  };
  const reap = async () => {
    if (readiness.missing !== undefined) return;
    await restore.restore();
    await sandboxes.reap((id) => life.isSession(id));
    await rounds.checkMachines();
  };
  const openAgain = async () => {
    if (readiness.missing === undefined) return;
    await openEngine();
    if (readiness.missing === undefined) log.info('labs can be started now');
  };
  const work: Promise<void>[] = [];
  let closeOperatorSocket = () => Promise.resolve();

  return {
    async listen() {
      const address = await listen(app, config);
      closeOperatorSocket = await openOperatorSocket(config.stateDir, new OperatorSessions({ book, life, clock }), log);
      tellBroken();
      await openEngine();
      const onFailure = (failure: unknown) => log.error({ failure }, 'a round was aborted; the next one will follow');
      work.push(repeat(tickEveryMs, () => rounds.tick(), signal, onFailure));
      work.push(repeat(reapEveryMs, reap, signal, onFailure));
      work.push(repeat(readLabsEveryMs, async () => labs.readAgain(), signal, onFailure));
      work.push(repeat(openEveryMs, openAgain, signal, onFailure));
      return address;
    },
    async close() {
      vmNews.close();
      readings.close();
      await closeOperatorSocket();
      stopping.abort();
      for (const socket of app.websocketServer.clients) socket.close(closeCode.goingAway, 'the server is stopping');
      await app.close();
      await Promise.all(work);
      await life.settle();
      await sandboxes.close();
      await terminals.disconnect();
      store.close();
    },
  };
}

/** What does not work at the moment and what to do about it, one sentence each. */
function problemsOf(parts: {
  store: SessionStore;
  readiness: LabReadiness;
  rounds: SessionRounds;
  labs: LabCatalogue;
}): string[] {
  const { store, readiness, rounds, labs } = parts;
  const { resting } = rounds;
  return [
    ...(store.trouble === undefined ? [] : [`no session can be started or changed: ${store.trouble}`]),
    ...(readiness.missing === undefined ? [] : [`no labs can be started: ${readiness.missing}`]),
    ...(resting.length === 0
      ? []
      : [`the start or end of ${resting.length} sessions is tried again, the log says why: ${resting.join(', ')}`]),
    ...labs.broken().map(({ id, error }) => `lab ${id} cannot be started: ${error.message.replaceAll('\n', '; ')}`),
  ];
}
