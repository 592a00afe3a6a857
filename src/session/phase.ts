// What the reader is told: one phase, from everything that is known about server, lab, session and connection. Pure.
import type { LabView, Progress, SessionReason, SessionView } from '../../server/protocol/messages.ts';
import type { ConnectionState } from './connection.ts';

/** Everything that a page knows. `server` is unknown until the first answer. */
export interface Known {
  server: 'unknown' | 'present' | 'absent';
  lab?: LabView | undefined;
  session?: SessionView | undefined;
  /** When that session ends, by performance.now(). */
  endsAt?: number | undefined;
  connection?: ConnectionState | undefined;
  /** Whether this session was connected before: then a missing connection means a lost one. */
  wasConnected?: boolean | undefined;
  /** A call that the reader waits for. */
  pending?: 'start' | 'reset' | 'end' | undefined;
  /** The loss of terminals that the reader has acknowledged: `terminalsLostAt` of the session at that time. */
  readLossAt?: number | undefined;
  /** Why the last call was refused: a sentence from the server. */
  refusal?: string | undefined;
}

export type Phase =
  | { name: 'looking' }
  | { name: 'absent' }
  | { name: 'no-engine'; detail: string }
  | { name: 'not-started' }
  | {
      name: 'preparing';
      progress?: Progress | undefined;
      /** The reader wants the lab, and it starts by itself. */ isWanted: boolean;
    }
  | { name: 'queued'; place?: number | undefined }
  | { name: 'starting' }
  | {
      name: 'ready';
      /** The terminals are new, because the previous ones ended at this time, in milliseconds since 1970. */ lostAt?: number;
    }
  | { name: 'expiring'; leftMs: number; canExtend: boolean }
  | {
      name: 'disconnected';
      /** Absent while it is trying. */ retryAt?: number | undefined;
      /** The network works, but the pty host does not answer. */ isSilent?: true;
    }
  | { name: 'ended'; reason: SessionReason | 'unknown' }
  | { name: 'failed'; detail: string };

/** The end is announced this long before it. */
export const announceMs = 5 * 60_000;
/** A page that is opened later than this need not report the loss of earlier terminals. */
const tellLossForMs = 10 * 60_000;

/** @param now performance.now() */
export function phaseOf(known: Known, now: number): Phase {
  const { session, lab } = known;
  if (known.pending === 'start' || known.pending === 'reset') return { name: 'starting' };
  if (known.server === 'unknown') return { name: 'looking' };
  if (known.server === 'absent' && session === undefined) return { name: 'absent' };
  if (known.refusal !== undefined && session === undefined) return { name: 'failed', detail: known.refusal };
  if (session === undefined) return phaseOfLab(lab);
  return phaseOfSession(session, known, now);
}

function phaseOfLab(lab: LabView | undefined): Phase {
  switch (lab?.state) {
    case 'no-engine':
      return { name: 'no-engine', detail: lab.detail ?? '' };
    case 'failed':
      return { name: 'failed', detail: lab.detail ?? '' };
    case 'preparing':
      return { name: 'preparing', progress: lab.progress, isWanted: false };
    case 'ready':
    case undefined:
      return { name: 'not-started' };
  }
}

function phaseOfSession(session: SessionView, known: Known, now: number): Phase {
  switch (session.state) {
    case 'ending':
    case 'ended':
      return { name: 'ended', reason: session.reason ?? 'unknown' };
    case 'failed':
      return session.reason === 'machine-died'
        ? { name: 'ended', reason: 'machine-died' }
        : { name: 'failed', detail: session.detail ?? '' };
    default:
      break;
  }
  const { connection } = known;
  if (connection?.name === 'closed') return { name: 'ended', reason: 'unknown' };
  if (session.terminalsSilent === true) return { name: 'disconnected', isSilent: true };
  if (connection?.name === 'waiting') return { name: 'disconnected', retryAt: connection.retryAt };
  switch (session.state) {
    case 'preparing':
      return { name: 'preparing', progress: session.progress ?? known.lab?.progress, isWanted: true };
    case 'queued':
      return { name: 'queued', place: session.place };
    case 'starting':
      return { name: 'starting' };
    case 'ready':
      return phaseOfReady(session, known, now);
  }
}

function phaseOfReady(session: SessionView, known: Known, now: number): Phase {
  if (known.connection?.name !== 'open')
    return known.wasConnected === true ? { name: 'disconnected' } : { name: 'starting' };
  const leftMs = (known.endsAt ?? Infinity) - now;
  if (leftMs <= announceMs) return { name: 'expiring', leftMs: Math.max(0, leftMs), canExtend: session.canExtend };
  const { terminalsLostAt: lostAt } = session;
  const isNews = lostAt !== undefined && lostAt !== known.readLossAt && now - lostAt < tellLossForMs;
  return isNews ? { name: 'ready', lostAt } : { name: 'ready' };
}

/** Whether terminals are visible in this phase, even if they cannot be used. */
export function showsTerminals(phase: Phase): boolean {
  return phase.name === 'ready' || phase.name === 'expiring' || phase.name === 'disconnected';
}
