// What is known of a session, and the rules of its life: order of states, time limits, what a reader sees. No I/O.
import type { Lab } from '../../labs/read-lab.ts';
import type { Unenforced } from '../machines/engine.ts';
import type { Progress, SessionReason, SessionState, SessionView, TerminalView, VmView } from '../protocol/messages.ts';

/** The part that outlives the server. Times in milliseconds since 1970. */
export interface SessionRecord {
  id: string;
  reader: string;
  lab: string;
  /** Named state that its sandbox was, or will be, started from; absent: the lab's beginning. */
  from?: string;
  state: SessionState;
  reason?: SessionReason;
  detail?: string;
  createdAt: number;
  /** When the reader got the sandbox; time limits count from here. */
  readyAt?: number;
  /** Last keystroke, run block, check, action on a machine, page that was opened, or *More time*. */
  activeAt: number;
  /** How often *More time* was asked for. */
  extensions: number;
  /** Number of the next terminal; numbers are never used twice. */
  nextTerminal: number;
  endedAt?: number;
}

const order: readonly SessionState[] = ['preparing', 'queued', 'starting', 'ready', 'ending', 'ended'];
const minuteMs = 60_000;

/** States only go forward; each but the last may fail. A queue may be skipped, never re-entered. */
export function mayBecome(from: SessionState, to: SessionState): boolean {
  if (from === 'failed' || from === 'ended') return false;
  return to === 'failed' || order.indexOf(to) > order.indexOf(from);
}

/** A session that has, or will have, a sandbox. */
export function isAlive({ state }: Pick<SessionRecord, 'state'>): boolean {
  return state === 'preparing' || state === 'queued' || state === 'starting' || state === 'ready';
}

/** One that takes a seat. */
export function isSeated({ state }: Pick<SessionRecord, 'state'>): boolean {
  return state === 'starting' || state === 'ready';
}

/** When a session ends if nothing happens, and which limit that is. */
export function endOf(record: SessionRecord, lab: Lab): { endsAt: number; endsBecause: 'idle' | 'time-limit' } {
  const totalAt = totalEnd(record, lab);
  const idleAt = record.activeAt + lab.file.limits.idle * minuteMs;
  return idleAt < totalAt ? { endsAt: idleAt, endsBecause: 'idle' } : { endsAt: totalAt, endsBecause: 'time-limit' };
}

/** What of a session only this process knows. */
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

function totalEnd(record: SessionRecord, { file }: Lab): number {
  const { total, extend } = file.limits;
  return (record.readyAt ?? record.createdAt) + (total + record.extensions * extend) * minuteMs;
}

/** The idle limit moves with every keystroke: pages hear of it only when it is near, a little before they announce it. */
const idleIsNearMs = 6 * minuteMs;

/** The end that a page shows. */
function shownEnd(record: SessionRecord, lab: Lab, now: number) {
  const end = endOf(record, lab);
  if (end.endsBecause === 'time-limit' || end.endsAt - now < idleIsNearMs) return end;
  return { endsAt: totalEnd(record, lab), endsBecause: 'time-limit' as const };
}

export function viewOf(record: SessionRecord, lab: Lab, present: SessionPresent, now: number): SessionView {
  const { id, state, reason, detail, from } = record;
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
    ...shownEnd(record, lab, now),
    canExtend: isAlive(record) && mayExtend(record, lab),
    unenforced: present.unenforced,
  };
}

/** *More time* also answers the idle limit, which may be asked for without end. */
export function mayExtend(record: SessionRecord, lab: Lab): boolean {
  return record.extensions < lab.file.limits.extensions || endOf(record, lab).endsBecause === 'idle';
}
