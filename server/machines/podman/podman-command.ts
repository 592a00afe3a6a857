// Runs podman on the server's own storage, with time limits. Knows flags and errors, not sandboxes.
import { existsSync } from 'node:fs';
import { ExecaError } from 'execa';
import { printable } from '../../printable-text.ts';
import { startProgram } from '../../start-program.ts';
import { privateDir } from '../vm/vm-place.ts';
import { runRoot } from './run-root.ts';

/** Where podman keeps its files and how it runs containers; fixed for the life of the server. */
export interface PodmanPlace {
  /** The product's own storage; the user's own containers and images are never touched. */
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

/** An image's, a container's and a file's whole name and some words. A program inside a container may have printed it. */
const messageCharacters = 500;

/** A podman call that failed. `stderr` has its last lines; `timedOut` is true when the time limit was reached. */
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
        : printable(stderr.split('\n').slice(-3).join(' ').slice(-messageCharacters), messageCharacters) ||
          failure.shortMessage;
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

/**
 * The working folder of every podman. conmon makes a file `oom` in it when the kernel has killed a process for lack of memory,
 * and follows a link of that name: so no other user of the host may write there, as in /tmp. Before a server has made the
 * storage's own folder, nothing but the root of the file system is sure to be such a place.
 */
export function podmanWorkDir({ storageDir }: PodmanPlace): string {
  const closed = privateDir(storageDir);
  return existsSync(closed) ? closed : '/';
}

function execaOptions(place: PodmanPlace, options: PodmanRun) {
  return {
    cwd: podmanWorkDir(place),
    timeout: options.timeoutMs,
    maxBuffer: options.maxOutputBytes ?? 4 * 1024 * 1024,
    // Empty input counts as input: the program reads its end at once.
    ...(options.stdin === undefined ? { stdin: 'ignore' as const } : { input: options.stdin }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    // A hanging podman is killed 2 s after it was asked to end.
    forceKillAfterDelay: 2_000,
  };
}

/**
 * An ordinary user's podman 4.3 uses vfs for a storage other than its usual one, which copies the whole image for each
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
    // systemd may be missing (containers, hybrid cgroups); plain files always work.
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
        const { stdout } = await startProgram('podman', [...globalArgs(), ...args], execaOptions(place, options));
        return stdout;
      } catch (failure) {
        if (failure instanceof ExecaError) throw new PodmanError(args[0] ?? '', failure);
        throw failure;
      }
    },
    async capture(args, options) {
      const result = await startProgram('podman', [...globalArgs(), ...args], {
        ...execaOptions(place, options),
        stripFinalNewline: false,
        reject: false,
      });
      if (result.code === 'ENOENT' && result instanceof ExecaError) throw new PodmanError(args[0] ?? '', result);
      return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr, timedOut: result.timedOut };
    },
  };
}
