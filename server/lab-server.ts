// Puts the server together: settings and engine in, a listening server out. No process globals, no signals.
import { availableParallelism, freemem } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { readLabs } from '../labs/read-lab.ts';
import type { LabServerConfig } from './config.ts';
import { createHttpApp, listen } from './http/http-app.ts';
import { createLog } from './log.ts';
import { closeFiles, makeClosedFile, makePassable } from './closed-files.ts';
import type { Engine } from './machines/engine.ts';
import { closeCode } from './protocol/close-codes.ts';
import { roomFor } from './sessions/host-room.ts';
import { LabReadiness } from './sessions/lab-readiness.ts';
import { MachineActions } from './sessions/machine-actions.ts';
import { Sandboxes } from './sessions/sandboxes.ts';
import { SessionBook } from './sessions/session-book.ts';
import { SessionLife } from './sessions/session-life.ts';
import { SessionRegistry } from './sessions/session-registry.ts';
import { openSessionStore } from './sessions/open-session-store.ts';
import { StartSlots } from './sessions/start-slots.ts';
import { TerminalNews } from './sessions/terminal-news.ts';
import { VmNews } from './sessions/vm-news.ts';
import { WindowReadings } from './sessions/window-readings.ts';
import type { TerminalService } from './terminals/terminal-service.ts';

export interface LabServerParts {
  engine: Engine;
  terminals: TerminalService;
  log?: Logger;
}

export interface LabServer {
  /** The address, once it listens. @throws {LabError} LAB_ERR_SETTING when the port is taken. */
  listen(): Promise<string>;
  /** Stops serving. Sandboxes and terminals go on: the next server finds them. */
  close(): Promise<void>;
}

/** Time limits are in minutes; five seconds late is on time. */
const tickEveryMs = 5_000;
/** Sandboxes are seldom orphaned; looking for them costs one `podman ps`. */
const reapEveryMs = 60_000;
/** Starts at once for each processor: one waits for disks and containers while the other computes. */
const startsPerProcessor = 2;

/** @throws {Error} when the state directory cannot be used. */
export async function createLabServer(config: LabServerConfig, parts: LabServerParts): Promise<LabServer> {
  const log = parts.log ?? createLog(config.logLevel);
  // Passable, for a storage directory below it; what lies in it is for this user alone.
  await makePassable(config.stateDir);
  await makeClosedFile(join(config.stateDir, 'state.sqlite'));
  await closeFiles(config.stateDir);
  const { labs, broken } = readLabs(config.labsDir);
  for (const { id, error } of broken) log.error({ lab: id }, `lab file refused:\n${error.message}`);
  const stopping = new AbortController();
  const store = openSessionStore(join(config.stateDir, 'state.sqlite'), (aside) =>
    log.error(`the records of sessions could not be read; kept as ${aside}, sessions that ran are ended`),
  );
  const { engine, terminals } = parts;
  const { signal } = stopping;
  const readiness = new LabReadiness({ labs, broken, engine, log, signal });
  const book = new SessionBook({ labs, engine, readiness, store, log });
  const freeMiB = () => freemem() / 1024 / 1024 - config.reserveMiB;
  const { seats, hasMemory } = roomFor({ labs, seats: config.seats, freeMiB, starting: () => book.starting() });
  const slots = new StartSlots(startsPerProcessor * availableParallelism());
  const { prepared } = config;
  const sandboxes = new Sandboxes({ engine, terminals, log, prepared, slots, hasMemory, signal });
  const life = new SessionLife({ book, labs, engine, terminals, readiness, sandboxes, store, log, seats, hasMemory });
  const terminalNews = new TerminalNews({ book, life, engine, terminals, sandboxes, log });
  const readings = new WindowReadings({ book, engine, terminals, slots, log });
  const vmNews = new VmNews({ book, life, terminalNews, readings, engine, log });
  readiness.onChange((lab) => life.advance(lab));
  const { sessionsPerReader, viewersPerSession } = config;
  const actions = new MachineActions({ book, engine, viewersPerSession });
  const registry = new SessionRegistry({
    book,
    life,
    engine,
    terminals,
    readiness,
    sandboxes,
    actions,
    readings,
    seats,
    sessionsPerReader,
    viewersPerSession,
  });
  const restored = Promise.withResolvers<void>();
  const app = await createHttpApp(config, registry, log, restored.promise);
  const timers = new Set<NodeJS.Timeout>();

  return {
    async listen() {
      const address = await listen(app, config);
      const missing = await readiness.open();
      if (missing !== undefined) {
        restored.resolve();
        log.warn(`no labs can be started: ${missing}`);
      } else {
        await life.restore();
        restored.resolve();
        const repeat = (everyMs: number, work: () => Promise<void>) =>
          timers.add(setInterval(() => void work().catch((failure: unknown) => log.error(failure)), everyMs));
        const reap = async () => {
          await sandboxes.reap((id) => life.isSession(id));
          await life.checkMachines();
        };
        repeat(tickEveryMs, () => life.tick(Date.now()));
        repeat(reapEveryMs, reap);
        await reap();
      }
      return address;
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      vmNews.close();
      readings.close();
      stopping.abort();
      for (const socket of app.websocketServer.clients) socket.close(closeCode.goingAway, 'the server is stopping');
      await app.close();
      await life.settle();
      await sandboxes.close();
      await terminals.disconnect();
      store.close();
    },
  };
}
