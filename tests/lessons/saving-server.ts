// A lab server inside the runner's own process, whose sandboxes can be saved as named states. It ends with the runner.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readLab, type Lab } from '../../labs/read-lab.ts';
import { readConfig } from '../../server/config.ts';
import { createLabServer } from '../../server/lab-server.ts';
import type { Engine, LabMachines, MachineSpec } from '../../server/machines/engine.ts';
import { createPodmanEngine } from '../../server/machines/podman/podman-engine.ts';
import { labMachines } from '../../server/sessions/lab-machines.ts';
import { shutdownPtyHost } from '../../server/terminals/pty-host-launcher.ts';
import { connectTerminalService } from '../../server/terminals/pty-host-service.ts';
import { projectRoot } from './built-lessons.ts';

export interface SavingServer extends AsyncDisposable {
  /** Its address; it listens from the first call on. */
  url(): Promise<string>;
  engine: Engine;
  /** The lab in the form that the engine prepares, starts and saves. */
  machines(lab: string): LabMachines;
  /** Digest of each image that the lab's machines are made from, and of those that they run on. */
  digests(lab: string): Promise<Record<string, string>>;
  /** What the lab's sandboxes run on here: program → version. */
  versions(lab: string): Promise<Record<string, string>>;
  /** Commands that open a shell in each machine of the lab's sessions, for a person who wants to look. */
  shellCommands(lab: string): Promise<string[]>;
}

/** What a test uses instead of the product's own parts. */
export interface SavingServerParts {
  engine: Engine;
  labsDir: string;
}

/** @throws {Error} with what is missing on this host */
export async function startSavingServer(instead?: SavingServerParts): Promise<SavingServer> {
  const { storageDir } = readConfig([], process.env);
  const stateDir = await mkdtemp(path.join(tmpdir(), 'eu-os-labs-'));
  const labsDir = instead?.labsDir ?? path.join(projectRoot, 'labs');
  const own = ['--state-dir', stateDir, '--storage-dir', storageDir, '--labs-dir', labsDir, '--port', '0'];
  const quiet = [
    '--prepared',
    '0',
    '--log-level',
    'warn',
    '--starts-per-minute',
    '1000',
    '--starts-per-minute-per-address',
    '1000',
    '--sessions-per-address',
    '1000',
  ];
  const config = readConfig([...own, ...quiet], process.env);
  const engine = instead?.engine ?? createPodmanEngine({ stateDir, storageDir });
  const labOf = (lab: string) => readLab(path.join(labsDir, lab));
  const missing = await engine.open();
  if (missing !== undefined) throw new Error(missing);
  let listening: Promise<{ url: string; close: () => Promise<void> }> | undefined;
  const listen = async () => {
    const terminals = await connectTerminalService({ stateDir });
    const server = await createLabServer(config, { engine: savable(engine), terminals });
    return { url: await server.listen(), close: server.close };
  };
  // A signal and a failure of the lesson may both end it: it ends once, and both wait for that.
  let ended: Promise<void> | undefined;
  const endAll = async () => {
    const stopAll = async () => {
      for (const id of await engine.list()) await engine.stop(id);
    };
    // One after the other, each whatever happened to the earlier ones: no later server removes what a runner leaves behind.
    const failures: unknown[] = [];
    for (const step of [
      async () => (await listening)?.close(),
      async () => shutdownPtyHost(stateDir),
      stopAll,
      async () => rm(stateDir, { recursive: true, force: true }),
    ]) {
      await step().catch((failure: unknown) => failures.push(failure));
    }
    if (failures.length > 0)
      throw new AggregateError(failures, `not everything that was started in ${stateDir} has ended`);
  };
  return {
    async url() {
      listening ??= listen();
      return (await listening).url;
    },
    engine,
    machines: (lab) => labMachines(labOf(lab)),
    digests: (lab) => digestsOf(engine, labOf(lab)),
    versions: async (lab) => ({
      ...(await engine.versions(labMachines(labOf(lab)))),
      'eu-os-labs': await serverVersion(),
    }),
    shellCommands: (lab) => shellCommandsOf(engine, labOf(lab)),
    [Symbol.asyncDispose]: () => (ended ??= endAll()),
  };
}

/** Ends the server and its sandboxes when this process is asked to end. */
export function endOnSignal(server: SavingServer): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      const end = async () => server[Symbol.asyncDispose]();
      const say = (failure: unknown) => console.error(failure);
      void end()
        .catch(say)
        .finally(() => process.exit(130));
    });
  }
}

/** The same engine, but each of its sandboxes can be saved, which a server never asks for. */
function savable(engine: Engine): Engine {
  return new Proxy(engine, {
    get(target, name) {
      if (name === 'start') {
        return (...[spec, signal]: Parameters<Engine['start']>) => target.start({ ...spec, isForSaving: true }, signal);
      }
      // `this` is the engine itself: the proxy does not have its private fields.
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}

/** All images are made from the base; the one that runs a virtual machine is separate. */
function imagesOf(machine: MachineSpec): string[] {
  if (machine.type === 'container') return [machine.image, 'os-base'];
  return [...machine.disks.flatMap(({ image }) => image ?? []), 'vm-host', 'os-base'];
}

async function serverVersion(): Promise<string> {
  const text = await readFile(path.join(projectRoot, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

async function digestsOf(engine: Engine, lab: Lab): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const image of new Set(labMachines(lab).machines.flatMap(imagesOf))) {
    const digest = await engine.imageDigest(image);
    if (digest !== undefined) digests[image] = digest;
  }
  return digests;
}

async function shellCommandsOf(engine: Engine, lab: Lab): Promise<string[]> {
  const ids = await engine.list();
  return ids.flatMap((id) =>
    lab.file.machines.map(({ name }) => {
      const { file, args } = engine.terminalCommand(id, name);
      return [file, ...args].join(' ');
    }),
  );
}
