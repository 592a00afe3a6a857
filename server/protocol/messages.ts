// The JSON messages between page and server, as types alone: no node, no DOM, no validation (see requests.ts).

/** Bumped when an old page could misread a new server. The page reloads when its number differs from `hello`'s. */
export const protocolVersion = 1;

/** Only forward: preparing → queued → starting → ready → ending → ended; any of them may become failed. */
export type SessionState = 'preparing' | 'queued' | 'starting' | 'ready' | 'ending' | 'ended' | 'failed';

/** Why a session ended or failed, or what it waits for: a stable code, the words are the page's. */
export type SessionReason =
  | 'image-building'
  | 'image-failed'
  | 'no-seat'
  | 'idle'
  | 'time-limit'
  | 'by-reader'
  | 'reset'
  | 'start-failed'
  | 'machine-died'
  | 'engine-missing';

export interface Progress {
  /** Machine-readable name of what is being done, for example `os-base:packages`. */
  step: string;
  done: number;
  total: number;
  /** Best guess, absent when there is none. */
  secondsLeft?: number;
}

export interface SessionView {
  id: string;
  lab: string;
  state: SessionState;
  reason?: SessionReason;
  /** One line for a human, in English, for logs and "details"; never the only thing a page shows. */
  detail?: string;
  progress?: Progress;
  /** Place in the queue (1 = next) while `queued`. */
  place?: number;
  machines: { name: string; title: string }[];
  terminals: TerminalView[];
  /** Milliseconds since 1970 at which the session ends unless the reader asks for more time. */
  endsAt: number;
  /** Which limit `endsAt` is: nobody is here, or the absolute one. */
  endsBecause: 'idle' | 'time-limit';
  canExtend: boolean;
  /** Limits that this host cannot enforce, for example `memory` for rootless podman on cgroup v1. */
  unenforced: ('memory' | 'cpus' | 'pids' | 'disk')[];
}

export interface TerminalView {
  /** Number used in frames; unique in the session, never reused. */
  number: number;
  machine: string;
  title: string;
  state: 'running' | 'exited';
  exitCode?: number;
}

/** What became of a run block. Kept by the server, so that a reload or a second tab sees the same. */
export interface BlockRun {
  /** The run block's id on its page, prefixed with the lesson: `build/from-containerfile-to-image#build`. */
  block: string;
  terminal: number;
  state: 'typed' | 'running' | 'done';
  /** First non-zero exit status of the block's commands, else 0. Absent until done, or when the shell went away. */
  exitStatus?: number;
  /** Milliseconds since 1970. */
  startedAt: number;
  durationMs?: number;
}

export type Request =
  | {
      type: 'attach';
      terminal: number;
      columns: number;
      rows: number;
      /** Bytes already shown; absent on a fresh page. */ offset?: number;
    }
  | { type: 'detach'; terminal: number }
  | { type: 'resize'; terminal: number; columns: number; rows: number }
  | { type: 'run'; terminal: number; block: string; command: string }
  | { type: 'interrupt'; terminal: number }
  | { type: 'ping'; id: number };

export type ServerEvent =
  | { type: 'hello'; protocol: number; session: SessionView; blocks: BlockRun[] }
  | { type: 'session'; session: SessionView }
  | { type: 'block'; run: BlockRun }
  | { type: 'exit'; terminal: number; exitCode: number }
  | { type: 'error'; code: string; message: string; terminal?: number; block?: string }
  | { type: 'pong'; id: number };

/** Answer of POST /api/sessions/:id/checks/:check. */
export interface CheckResult {
  check: string;
  outcome: 'passed' | 'failed' | 'broken' | 'timed-out';
  /** A code that lab.yaml lists under the check's causes; only with `failed`. */
  cause?: string;
  /** Data for the message's placeholders. */
  data: Record<string, string>;
  durationMs: number;
}

/** Answer of GET /api/labs and GET /api/labs/:lab. */
export interface LabView {
  id: string;
  title: string;
  state: 'preparing' | 'ready' | 'failed' | 'no-engine';
  progress?: Progress;
  detail?: string;
}

/** Body of every refused HTTP request. */
export interface ErrorBody {
  code: string;
  message: string;
}
