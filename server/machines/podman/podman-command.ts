// Runs podman on the server's own storage, with time limits. Knows flags and errors, not sandboxes.
import { tmpdir } from 'node:os';
import { execa, ExecaError } from 'execa';
import { runRoot } from './run-root.ts';

/** Where podman keeps things and how it runs containers; fixed for the life of the server. */
export interface PodmanPlace {
  /** The product's own storage; the user's podman is never touched. */
  storageDir: string;
  /** OCI runtime: runc where cgroups are v1 or hybrid (crun refuses there), crun on pure v2. */
  runtime: 'runc' | 'crun';
}

export interface PodmanRun {
  timeoutMs: number;
  stdin?: string;
  signal?: AbortSignal;
  /** Output beyond this is dropped. 4 MiB: `podman ps --format json` of a thousand containers is 2 MiB. */
  maxOutputBytes?: number;
}

/** A podman call that failed. `stderr` is its last lines; `timedOut` when the limit struck. */
export class PodmanError extends Error {
  override name = 'PodmanError';
  readonly exitCode: number | undefined;
  readonly stderr: string;
  readonly timedOut: boolean;
  readonly missing: boolean;

  constructor(verb: string, failure: ExecaError) {
    const stderr = String(failure.stderr ?? '').trim();
    const missing = failure.code === 'ENOENT';
    const what = missing
      ? 'podman is not installed'
      : failure.timedOut
        ? 'did not finish in time'
        : stderr.split('\n').slice(-3).join(' ') || failure.shortMessage;
    super(`podman ${verb}: ${what}`, { cause: failure });
    this.exitCode = failure.exitCode;
    this.stderr = stderr;
    this.timedOut = failure.timedOut;
    this.missing = missing;
  }
}

export interface Podman {
  readonly place: PodmanPlace;
  /** The flags that every call begins with: for commands that others start (a terminal's pty). */
  globalArgs(): string[];
  /** @returns stdout. @throws {PodmanError} */
  run(args: string[], options: PodmanRun): Promise<string>;
  /** As `run`, for a program inside a container: any exit status is a result, not an error. @throws {PodmanError} when podman is missing. */
  capture(args: string[], options: PodmanRun): Promise<Captured>;
}

export interface Captured {
  /** Absent when killed by the time limit. */
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
  timedOut: boolean;
}

function execaOptions(options: PodmanRun) {
  return {
    // conmon leaves a file `oom` where it was started when the kernel killed a process for its memory.
    cwd: tmpdir(),
    timeout: options.timeoutMs,
    maxBuffer: options.maxOutputBytes ?? 4 * 1024 * 1024,
    // Empty input is an input: the program sees its end at once.
    ...(options.stdin === undefined ? { stdin: 'ignore' as const } : { input: options.stdin }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    // A hung podman is killed for good 2 s after it was asked to end.
    forceKillAfterDelay: 2_000,
  };
}

/**
 * An ordinary user's podman 4.3 takes vfs for a storage that is not its usual one: a copy of the whole image for each
 * container. The kernel's overlay works in a user namespace since 5.13.
 */
function driverArgs(): string[] {
  return process.getuid?.() === 0 ? [] : ['--storage-driver', 'overlay'];
}

export function createPodman(place: PodmanPlace): Podman {
  const globalArgs = () => [
    '--root',
    `${place.storageDir}/root`,
    '--runroot',
    runRoot(place.storageDir),
    // systemd may not be there (containers, hybrid cgroups); plain files always work.
    '--cgroup-manager',
    'cgroupfs',
    '--runtime',
    place.runtime,
    ...driverArgs(),
  ];
  return {
    place,
    globalArgs,
    async run(args, options) {
      try {
        const { stdout } = await execa('podman', [...globalArgs(), ...args], execaOptions(options));
        return stdout;
      } catch (failure) {
        if (failure instanceof ExecaError) throw new PodmanError(args[0] ?? '', failure);
        throw failure;
      }
    },
    async capture(args, options) {
      const result = await execa('podman', [...globalArgs(), ...args], {
        ...execaOptions(options),
        stripFinalNewline: false,
        reject: false,
      });
      if (result.code === 'ENOENT' && result instanceof ExecaError) throw new PodmanError(args[0] ?? '', result);
      return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr, timedOut: result.timedOut };
    },
  };
}
