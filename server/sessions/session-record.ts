// What is known about a session, and the rules of its life: order of states, time limits, what a reader sees. No I/O.
import type { Lab } from '../../labs/read-lab.ts';
import type { LabFile } from '../../labs/lab-schema.ts';
import type { Unenforced } from '../machines/engine.ts';
import type { Progress, SessionReason, SessionState, SessionView, TerminalView, VmView } from '../protocol/messages.ts';

/** The part that survives the server. Times are in milliseconds of the session clock. */
export interface SessionRecord {
  id: string;
  reader: string;
  lab: string;
  /** The lab as it was when the session began: its limits and machines apply until its end, whatever happens to the file. */
  labFile: LabFile;
  /** Named state that its sandbox was, or will be, started from; absent: the lab's beginning. */
  from?: string | undefined;
  state: SessionState;
  reason?: SessionReason | undefined;
  detail?: string | undefined;
  createdAt: number;
  /** When the reader got the sandbox; time limits count from here. */
  readyAt?: number | undefined;
  /** How often *More time* was used. */
  extensions: number;
  /** Number of the next terminal; numbers are never used twice. */
  nextTerminal: number;
  endedAt?: number | undefined;
}

const order: readonly SessionState[] = ['preparing', 'queued', 'starting', 'ready', 'ending', 'ended'];
const minuteMs = 60_000;

/** States only go forward; each except the last may fail. The queue may be skipped but never re-entered. */
export function mayBecome(from: SessionState, to: SessionState): boolean {
  if (from === 'failed' || from === 'ended') return false;
  return to === 'failed' || order.indexOf(to) > order.indexOf(from);
}

/** Whether a session has or will have a sandbox. */
export function isAlive({ state }: Pick<SessionRecord, 'state'>): boolean {
  return state === 'preparing' || state === 'queued' || state === 'starting' || state === 'ready';
}

/** Whether the reader has its sandbox or is about to get it. */
export function isSeated({ state }: Pick<SessionRecord, 'state'>): boolean {
  return state === 'starting' || state === 'ready';
}

/** A record, and what else time limits depend on. */
export interface Timed {
  record: Readonly<SessionRecord>;
  /** Last keystroke, run block, check, action on a machine, page that was opened, or *More time*, by the session clock. */
  activeAt: number;
}

/** When a session ends if nothing happens, and which limit that is. */
export function endOf(timed: Timed): { endsAt: number; endsBecause: 'idle' | 'time-limit' } {
  const totalAt = totalEnd(timed);
  const idleAt = timed.activeAt + timed.record.labFile.limits.idle * minuteMs;
  return idleAt < totalAt ? { endsAt: idleAt, endsBecause: 'idle' } : { endsAt: totalAt, endsBecause: 'time-limit' };
}

/** What only this process knows about a session. */
export interface SessionPresent {
  terminals: TerminalView[];
  terminalsSilent: boolean;
  terminalsLostAt?: number;
  progress?: Progress;
  place?: number;
  /** By machine; empty while there is no sandbox. */
  vms: Record<string, VmView>;
  unenforced: Unenforced[];
}

function totalEnd({ record }: Timed): number {
  const { total, extend } = record.labFile.limits;
  return (record.readyAt ?? record.createdAt) + (total + record.extensions * extend) * minuteMs;
}

/** The idle limit moves with every keystroke: pages are told only when it is near, a little before they announce it. */
const idleIsNearMs = 6 * minuteMs;

/** The end that a page shows. */
function shownEnd(timed: Timed, now: number) {
  const end = endOf(timed);
  if (end.endsBecause === 'time-limit' || end.endsAt - now < idleIsNearMs) return end;
  return { endsAt: totalEnd(timed), endsBecause: 'time-limit' as const };
}

/** @param now by the session clock */
export function viewOf(timed: Timed, lab: Lab, present: SessionPresent, now: number): SessionView {
  const { record } = timed;
  const { id, state, reason, detail, from } = record;
  const { endsAt, endsBecause } = shownEnd(timed, now);
  return {
    id,
    lab: lab.id,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(detail === undefined ? {} : { detail }),
    ...(present.progress === undefined || state !== 'preparing' ? {} : { progress: present.progress }),
    ...(present.place === undefined || state !== 'queued' ? {} : { place: present.place }),
    machines: lab.file.machines.map(({ name, title, type }) => {
      const vm = type === 'vm' && state === 'ready' ? present.vms[name] : undefined;
      return { name, title: title ?? name, type, ...(vm === undefined ? {} : { vm }) };
    }),
    ...(from === undefined ? {} : { from }),
    terminals: isSeated(record) ? present.terminals : [],
    ...(present.terminalsSilent ? { terminalsSilent: true } : {}),
    ...(present.terminalsLostAt === undefined ? {} : { terminalsLostAt: present.terminalsLostAt }),
    endsInMs: Math.max(0, Math.round(endsAt - now)),
    endsBecause,
    canExtend: isAlive(record) && mayExtend(timed),
    unenforced: present.unenforced,
  };
}

/** *More time* also postpones the idle limit, and for that it may be used without limit. */
export function mayExtend(timed: Timed): boolean {
  return timed.record.extensions < timed.record.labFile.limits.extensions || endOf(timed).endsBecause === 'idle';
}
