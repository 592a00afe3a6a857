// Puts the server together: settings and engine in, a listening server out. No process globals, no signals.
import { mkdir } from 'node:fs/promises';
import { freemem } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { readLabs, type Lab } from '../labs/read-lab.ts';
import type { LabServerConfig } from './config.ts';
import { createHttpApp, listen } from './http/http-app.ts';
import { createLog } from './log.ts';
import type { Engine } from './machines/engine.ts';
import { closeCode } from './protocol/close-codes.ts';
import { LabReadiness } from './sessions/lab-readiness.ts';
import { Sandboxes } from './sessions/sandboxes.ts';
import { SessionBook } from './sessions/session-book.ts';
import { SessionLife } from './sessions/session-life.ts';
import { SessionRegistry } from './sessions/session-registry.ts';
import { SessionStore } from './sessions/session-store.ts';
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
/** More seats than this on one host were never tried. */
const mostSeats = 500;

/** @throws {Error} when the state directory cannot be used. */
export async function createLabServer(config: LabServerConfig, parts: LabServerParts): Promise<LabServer> {
  const log = parts.log ?? createLog(config.logLevel);
  await mkdir(config.stateDir, { recursive: true, mode: 0o711 });
  const { labs, broken } = readLabs(config.labsDir);
  for (const { id, error } of broken) log.error({ lab: id }, `lab file refused:\n${error.message}`);
  const stopping = new AbortController();
  const store = new SessionStore(join(config.stateDir, 'state.sqlite'));
  const { engine, terminals } = parts;
  const seats = config.seats ?? seatsFor(labs, config.reserveMiB);
  const readiness = new LabReadiness({ labs, broken, engine, log, signal: stopping.signal });
  const sandboxes = new Sandboxes({ engine, terminals, log, prepared: config.prepared, signal: stopping.signal });
  const book = new SessionBook({ labs, engine, readiness, store, log });
  const life = new SessionLife({ book, labs, engine, terminals, readiness, sandboxes, store, log, seats });
  readiness.onChange((lab) => life.advance(lab));
  const { sessionsPerReader, viewersPerSession } = config;
  const registry = new SessionRegistry({
    book,
    life,
    engine,
    terminals,
    readiness,
    sandboxes,
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

/** As many sessions as fit into the memory that is free now, each counted with all that it may use. */
function seatsFor(labs: readonly Lab[], reserveMiB: number): number {
  const biggest = Math.max(64, ...labs.map(({ file }) => file.machines.reduce((sum, { memory }) => sum + memory, 0)));
  const freeMiB = freemem() / 1024 / 1024 - reserveMiB;
  return Math.min(mostSeats, Math.max(1, Math.floor(freeMiB / biggest)));
}
