// One phase for each combination of facts.
import { expect, test } from 'vitest';
import type { SessionView } from '../../server/protocol/messages.ts';
import { phaseOf, type Known } from './phase.ts';

const now = 1_000_000;
const session = (part: Partial<SessionView>): SessionView => ({
  id: 's1',
  lab: 'build-image',
  state: 'ready',
  machines: [],
  terminals: [],
  endsInMs: 60 * 60_000,
  endsBecause: 'time-limit',
  canExtend: true,
  unenforced: [],
  ...part,
});
const open: Known = { server: 'present', connection: { name: 'open' }, wasConnected: true };
const lab = { id: 'build-image', title: 'Build', state: 'ready' as const, states: [] };

const cases: [string, Known, object][] = [
  ['before the first answer', { server: 'unknown' }, { name: 'looking' }],
  ['no server', { server: 'absent' }, { name: 'absent' }],
  ['a ready lab', { server: 'present', lab }, { name: 'not-started' }],
  [
    'a lab being built',
    { server: 'present', lab: { ...lab, state: 'preparing' } },
    { name: 'preparing', isWanted: false },
  ],
  [
    'no engine',
    { server: 'present', lab: { ...lab, state: 'no-engine', detail: 'no podman' } },
    { name: 'no-engine', detail: 'no podman' },
  ],
  ['the start button was pressed', { server: 'present', lab, pending: 'start' }, { name: 'starting' }],
  ['a refused start', { server: 'present', lab, refusal: 'full' }, { name: 'failed', detail: 'full' }],
  ['a place in the queue', { ...open, session: session({ state: 'queued', place: 3 }) }, { name: 'queued', place: 3 }],
  ['a ready session, not yet connected', { server: 'present', session: session({}) }, { name: 'starting' }],
  ['a ready session', { ...open, session: session({}) }, { name: 'ready' }],
  [
    'five minutes left',
    { ...open, session: session({}), endsAt: now + 300_000 },
    { name: 'expiring', leftMs: 300_000, canExtend: true },
  ],
  [
    'a lost connection',
    { ...open, connection: { name: 'waiting', retryAt: now + 1 }, session: session({}) },
    { name: 'disconnected', retryAt: now + 1 },
  ],
  ['trying again', { ...open, connection: { name: 'connecting' }, session: session({}) }, { name: 'disconnected' }],
  [
    'an ended session, with its reason',
    { ...open, session: session({ state: 'ended', reason: 'idle' }) },
    { name: 'ended', reason: 'idle' },
  ],
  [
    'a session that is gone',
    { ...open, connection: { name: 'closed', code: 4404 }, session: session({}) },
    { name: 'ended', reason: 'unknown' },
  ],
  [
    'terminals that do not answer, whatever the state of the socket',
    { ...open, connection: { name: 'waiting', retryAt: 7 }, session: session({ terminalsSilent: true }) },
    { name: 'disconnected', isSilent: true },
  ],
  [
    'terminals that are new',
    { ...open, session: session({ terminalsLostAt: now - 1_000 }) },
    { name: 'ready', lostAt: now - 1_000 },
  ],
  [
    'a failed start',
    { ...open, session: session({ state: 'failed', reason: 'start-failed', detail: 'no space' }) },
    { name: 'failed', detail: 'no space' },
  ],
];

test('new terminals are reported until the reader has acknowledged it, but not on a page that is opened much later', () => {
  const lost = { ...open, session: session({ terminalsLostAt: now }) };
  expect(phaseOf({ ...lost, readLossAt: now }, now)).toEqual({ name: 'ready' });
  expect(phaseOf({ ...lost, readLossAt: now - 1 }, now)).toEqual({ name: 'ready', lostAt: now });
  expect(phaseOf(lost, now + 11 * 60_000)).not.toHaveProperty('lostAt');
});

test.each(cases)('%s', (_name, known, expected) => {
  expect(phaseOf(known, now)).toEqual(expect.objectContaining(expected));
});
