// Starts the lab server: flags, signals, exit code; nothing else.
import { join } from 'node:path';
import { describeSettings, readConfig } from './config.ts';
import { LabError } from './errors.ts';
import { createLabServer } from './lab-server.ts';
import { createLog } from './log.ts';
import { createEchoEngine } from './machines/echo/echo-engine.ts';
import { createPodmanEngine } from './machines/podman/podman-engine.ts';
import { connectTerminalService } from './terminals/pty-host-service.ts';

/** Pages are told and their sockets closed; whatever still hangs after this time is cut. */
const closeWithinMs = 10_000;

async function main(argv: string[]): Promise<void> {
  // Files of this process and its children are only for this user, unless they set other rights.
  process.umask(0o077);
  if (argv.includes('--help')) {
    process.stdout.write(`${describeSettings()}\n`);
    return;
  }
  const config = readConfig(argv, process.env);
  const log = createLog(config.logLevel);
  // By default an unhandled rejection ends the process, and with it the work of every connected reader. The log has the
  // failure with its stack; an exception outside promises still ends the process.
  process.on('unhandledRejection', (failure) => log.error({ failure }, 'unhandled rejection; the server goes on'));
  const engine =
    config.engine === 'echo' ? createEchoEngine({}, join(config.stateDir, 'echo')) : createPodmanEngine(config);
  const terminals = await connectTerminalService({ stateDir: config.stateDir });
  const server = await createLabServer(config, { engine, terminals, log });
  stopOnSignals(server.close);
  process.stdout.write(`EU OS Labs: ${await server.listen()}\n`);
}

function stopOnSignals(close: () => Promise<void>): void {
  const stop = () => {
    setTimeout(() => process.exit(1), closeWithinMs).unref();
    close().then(
      () => process.exit(0),
      (failure: unknown) => fail(failure),
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

function fail(failure: unknown): never {
  const message = failure instanceof LabError ? `${failure.message} (${failure.code})` : failure;
  console.error(message);
  process.exit(1);
}

await main(process.argv.slice(2)).catch(fail);
