// What a sandbox engine can do. Nothing outside server/machines/ knows more than this file.
import type { Progress, SessionView } from '../protocol/messages.ts';

/** One machine of a lab, as lab.yaml describes it after validation. */
export interface MachineSpec {
  name: string;
  image: string;
  memoryMiB: number;
  cpus: number;
  pids: number;
}

/** All that is needed to start one session's sandbox. */
export interface SandboxSpec {
  /** The session's id, or a prepared sandbox's own: `[a-z0-9]{8,32}`. */
  id: string;
  lab: string;
  machines: MachineSpec[];
  /** Space for everything that the session's machines write. */
  diskMiB: number;
  /** The lab's files on the server, offered read-only in each machine under /usr/share/lab/files; absent: none. */
  filesDir?: string;
}

/** What a program needs to be started on a pty that reaches into a machine (an exec call, over the network or not). */
export interface TerminalCommand {
  file: string;
  args: string[];
  env: Record<string, string>;
}

export interface ExecRequest {
  machine: string;
  /** Program and arguments inside the machine. */
  argv: string[];
  stdin?: string;
  env?: Record<string, string>;
  timeoutMs: number;
  /** Output beyond this is dropped; both streams. */
  maxOutputBytes: number;
}

export interface ExecResult {
  /** Absent when the time limit struck; the program has been killed by then. */
  exitCode?: number;
  stdout: string;
  stderr: string;
}

export type SandboxState = 'running' | 'stopped' | 'absent';

export type Unenforced = SessionView['unenforced'][number];

export interface Engine {
  readonly name: string;
  /** Limits that this host cannot enforce; decided by probes, known after `open`. */
  readonly unenforced: Unenforced[];
  /**
   * Finds out whether this host can start sandboxes.
   * @returns undefined when it can, else one sentence: what is missing and the command that mends it. Never throws.
   */
  open(): Promise<string | undefined>;
  /**
   * Builds an image unless it is there already for exactly these inputs. Concurrent calls share one build.
   * @throws {LabError} LAB_ERR_IMAGE with the reason; no half image is left.
   */
  prepareImage(image: string, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<void>;
  /** Content digest of a prepared image (`sha256:…`), undefined when it is not there. */
  imageDigest(image: string): Promise<string | undefined>;
  /** Starts all machines; on failure nothing is left behind. @throws {LabError} LAB_ERR_START */
  start(spec: SandboxSpec, signal: AbortSignal): Promise<void>;
  /**
   * The command whose pty is a login shell in the machine. Does not start anything.
   * @param terminal the terminal's number, for `endTerminal`; absent for a shell that nobody will end.
   */
  terminalCommand(sandboxId: string, machine: string, terminal?: number): TerminalCommand;
  /** Hangs up whatever the terminal's shell left running in the machine: the exec call's own end does not reach it. */
  endTerminal(sandboxId: string, machine: string, terminal: number): Promise<void>;
  /** Runs a program without a terminal. @throws {LabError} LAB_ERR_EXEC when the machine cannot be reached. */
  exec(sandboxId: string, request: ExecRequest): Promise<ExecResult>;
  status(sandboxId: string): Promise<SandboxState>;
  /** Ends a sandbox and removes all it had. Ending one that is not there is no error. */
  stop(sandboxId: string): Promise<void>;
  /** Ids of all sandboxes of this server that exist, running or not: what a reaper compares with its sessions. */
  list(): Promise<string[]>;
}
