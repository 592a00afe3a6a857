// npm start: installs what is missing, builds the site, starts the server, prints the address. Flags are the server's; npm start -- --help lists them.
import { fileURLToPath } from 'node:url';
import { describeSettings, readConfig, type LabServerConfig } from '../server/config.ts';
import { LabError } from '../server/errors.ts';
import { findServer, removeServerNote, writeServerNote } from './clean/running-server.ts';
import { probePort } from './probes/port.ts';
import { probeTable } from './probes/probe-table.ts';
import type { ProbeLine } from './probes/probe.ts';
import { runProbes, startProbes } from './probes/all-probes.ts';
import { buildSite, isSiteStale } from './site-build.ts';
import { followLabs } from './start/follow-labs.ts';
import { leftRunning } from './start/left-running.ts';
import { makeStates } from './start/make-states.ts';
import { startServerProcess, type ServerProcess } from './start/server-process.ts';
import { installMissing, sandboxPackages } from './system-packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const args = process.argv.slice(2);
const say = (line: string) => console.log(line);

if (args.includes('--help')) {
  say(describeSettings().replace('node server/main.ts', 'npm start --'));
} else {
  process.exitCode = await start().catch((failure: unknown) => {
    console.error(failure instanceof Error ? failure.message : failure);
    return 1;
  });
}

/** @returns the exit code */
async function start(): Promise<number> {
  const config = readSettings();
  if (config === undefined) return 2;
  // Without these packages the site is still served: the probes below say what is missing.
  await installMissing(sandboxPackages, root);
  await buildIfStale();
  const port = await runProbes([probePort], config);
  if (port.some((line) => line.state === 'fail')) return portInUse(config, port);
  // The probes run while the server starts: the address comes first, what is missing after it.
  const probes = runProbes(startProbes, config);
  return serve(config, probes);
}

function readSettings(): LabServerConfig | undefined {
  try {
    return readConfig(args, process.env);
  } catch (failure) {
    if (!(failure instanceof LabError)) throw failure;
    console.error(failure.message);
    return undefined;
  }
}

async function buildIfStale(): Promise<void> {
  if (!(await isSiteStale(root))) return;
  say('Building the site:');
  await buildSite(root, (line) => say(`  ${line}`));
}

async function portInUse(config: LabServerConfig, lines: ProbeLine[]): Promise<number> {
  say(probeTable(lines));
  const running = await findServer(config.stateDir);
  if (running !== undefined) say(`Your lab server is already running: ${running.url}`);
  return 1;
}

async function serve(config: LabServerConfig, probes: Promise<ProbeLine[]>): Promise<number> {
  const stop = stopOnSignal();
  const server = await startServerProcess(root, args, (line) => say(`  ${line}`));
  const ended = untilEnd(server, stop);
  say(`\nEU OS Labs is up: ${server.url}\nCtrl-C stops it.\n`);
  await writeServerNote(config.stateDir, server.url);
  const following = new AbortController();
  tellTroubles(await probes);
  const background = prepareLabs(server.url, config, following.signal);
  const code = await ended;
  following.abort();
  await background;
  await removeServerNote(config.stateDir);
  say(await leftRunning(config));
  return code;
}

/** First the images, which the server builds; then the states in which lessons begin. */
async function prepareLabs(url: string, config: LabServerConfig, signal: AbortSignal): Promise<void> {
  const hasLabs = await followLabs(url, say, signal);
  if (hasLabs) await makeStates(root, config, say, signal);
}

function tellTroubles(lines: ProbeLine[]): void {
  const troubles = lines.filter((line) => line.state !== 'ok');
  if (troubles.length > 0) say(probeTable(troubles));
  if (troubles.some((line) => line.name === 'podman')) {
    say('No container starts on this host: the site is complete, but without labs. npm run doctor says more.');
  }
}

/** Aborted by the first signal. Listened to before the server starts: a signal that ended only us would leave it running. */
function stopOnSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) say('\nStopping the server.');
      stop.abort();
    });
  }
  return stop.signal;
}

/** The signal stops the server, also one that came while it started; if the server ends by itself, that is reported. */
async function untilEnd(server: ServerProcess, stop: AbortSignal): Promise<number> {
  if (stop.aborted) server.stop();
  stop.addEventListener('abort', () => server.stop());
  const code = await server.ended;
  if (stop.aborted) return 0;
  console.error(`The server ended by itself (exit status ${code}).`);
  return code === 0 ? 1 : code;
}
