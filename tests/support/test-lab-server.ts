// A lab server for protocol tests: real HTTP, sockets, pty host and store; shells on this host instead of machines.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import { createLabServer, type LabServer } from '../../server/lab-server.ts';
import { createEchoEngine, type EchoFaults } from '../../server/machines/echo/echo-engine.ts';
import type { Engine } from '../../server/machines/engine.ts';
import { shutdownPtyHost } from '../../server/terminals/pty-host-launcher.ts';
import { connectTerminalService } from '../../server/terminals/pty-host-service.ts';
import type { TerminalService } from '../../server/terminals/terminal-service.ts';

/** A lab with one machine, a check for each outcome, and short limits. */
const labFile = `title: Test lab
machines:
  - { name: box, image: box, memory: 64, cpus: 1, pids: 64 }
disk: 64
limits: { idle: 1, total: 2, extend: 1, extensions: 1 }
terminals:
  - machine: box
maxTerminals: 2
checks:
  - { id: passes }
  - { id: fails, causes: [no-file] }
  - { id: breaks }
  - { id: hangs, timeout: 1 }
`;

/** A lab with a fully equipped virtual machine and a container. Its second terminal is a login. */
export const vmLabFile = `title: VM lab
machines:
  - name: desktop
    type: vm
    memory: 256
    disks: [{ name: system, size: 16 }]
    firmware: uefi-secure-boot
    tpm: true
    screen: true
    securityKey: true
  - { name: box, image: box, memory: 64, cpus: 1, pids: 64 }
disk: 64
limits: { idle: 1, total: 2 }
terminals:
  - machine: desktop
  - machine: desktop
checks:
  - { id: passes }
`;

const checks = {
  passes: '#!/bin/sh\nexit 0\n',
  fails: '#!/bin/sh\necho \'no-file path="~/a b" lines=3\'\nexit 1\n',
  breaks: '#!/bin/sh\necho surprise\nexit 3\n',
  hangs: '#!/bin/sh\nsleep 4711 &\nsleep 4711\n',
};

export interface TestLabServer extends AsyncDisposable {
  url: string;
  stateDir: string;
  labsDir: string;
  engine: Engine;
  /** Ends this server's process part, as a restart would, and starts another on the same state. @returns its url */
  restart(): Promise<string>;
}

export interface TestServerOptions {
  faults?: EchoFaults;
  /** As flags of server/main.ts. */
  flags?: string[];
  /** Instead of the echo engine. */
  engine?: Engine;
  /** True: the host's memory decides how many sessions there are, as on a server without `--seats`. Otherwise four. */
  isMemoryLimit?: boolean;
  /** How often the pty host is asked whether it answers. */
  heartbeatMs?: number;
  /** Wraps the terminals before the server uses them. */
  aroundTerminals?: (terminals: TerminalService) => TerminalService;
  /** The clock for time limits, ahead of the real time; advance it a minute at a time, with a request in between. */
  ahead?: { ms: number };
  /** Writes more labs, or spoils one. */
  editLabs?: (labsDir: string) => void;
}

export async function startTestLabServer(options: TestServerOptions = {}): Promise<TestLabServer> {
  const stateDir = mkdtempSync(join(tmpdir(), 'labs-'));
  const labsDir = join(stateDir, 'labs');
  writeLab(labsDir, 'test-lab');
  options.editLabs?.(labsDir);
  const engine = options.engine ?? createEchoEngine(options.faults);
  const start = async (): Promise<{ server: LabServer; url: string }> => {
    const own = ['--state-dir', stateDir, '--labs-dir', labsDir, '--site-dir', join(stateDir, 'site'), '--port', '0'];
    const seats = options.isMemoryLimit === true ? [] : ['--seats', '4'];
    const quiet = ['--prepared', '0', ...seats, '--log-level', 'silent'];
    // All readers of a test have the same address.
    const oneAddress = [
      '--sessions-per-address',
      '1000',
      '--starts-per-minute-per-address',
      '10000',
      '--queue-places',
      '1000',
    ];
    const config = readConfig([...own, ...quiet, ...oneAddress, ...(options.flags ?? [])], {});
    const { ahead, heartbeatMs, aroundTerminals = (own) => own } = options;
    const beat = heartbeatMs === undefined ? {} : { heartbeatMs };
    const terminals = aroundTerminals(await connectTerminalService({ stateDir, idleEndMs: 10_000, ...beat }));
    const steady = ahead === undefined ? {} : { steadyMs: () => performance.now() + ahead.ms };
    const log = pino({ level: config.logLevel });
    const server = await createLabServer(config, { engine, terminals, log, ...steady });
    return { server, url: await server.listen() };
  };
  let running = await start();
  const url = running.url;
  return {
    url,
    stateDir,
    labsDir,
    engine,
    async restart() {
      await running.server.close();
      running = await start();
      return running.url;
    },
    async [Symbol.asyncDispose]() {
      await running.server.close();
      await shutdownPtyHost(stateDir);
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** Writes a lab folder with everything that its file names. */
export function writeLab(labsDir: string, id: string, file = labFile): void {
  mkdirSync(join(labsDir, id, 'checks'), { recursive: true });
  mkdirSync(join(labsDir, 'images/box'), { recursive: true });
  writeFileSync(join(labsDir, id, 'lab.yaml'), file);
  for (const [name, script] of Object.entries(checks)) {
    writeFileSync(join(labsDir, id, 'checks', name), script);
    chmodSync(join(labsDir, id, 'checks', name), 0o755);
  }
}

/** Asks until the answer is as expected. @throws {Error} with the last answer */
export async function until<Answer>(
  ask: () => Answer | Promise<Answer>,
  isWanted: (answer: Answer) => boolean,
  withinMs = 15_000,
): Promise<Answer> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (performance.now() > deadline)
      throw new Error(`not within ${withinMs} ms; the last answer: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
