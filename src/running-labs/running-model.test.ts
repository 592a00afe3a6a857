// Which sessions the list shows, in which order, and on which page each can be resumed.
import { expect, test } from 'vitest';
import type { SessionView } from '../../server/protocol/messages.ts';
import { runningLabs } from './running-model.ts';

const session = (parts: Partial<SessionView>): SessionView => ({
  id: 'a',
  lab: 'build-image',
  state: 'ready',
  machines: [],
  terminals: [],
  endsInMs: 1000,
  endsBecause: 'idle',
  canExtend: true,
  unenforced: [],
  ...parts,
});

const pages = [
  {
    lab: 'build-image',
    title: 'Build lab',
    lessons: [
      { id: 'build/first', title: 'First' },
      { id: 'build/ship-it', title: 'Ship it' },
    ],
  },
];

test('ended, ending and failed sessions are not running; the one that ends first comes first', () => {
  const sessions = [
    session({ id: 'late', endsInMs: 9000 }),
    session({ id: 'soon', endsInMs: 500, state: 'queued' }),
    ...(['ending', 'ended', 'failed'] as const).map((state) => session({ id: state, state })),
  ];
  expect(runningLabs(sessions, pages, () => undefined).map((row) => row.session)).toEqual(['soon', 'late']);
});

test('a session is resumed in the lesson whose state it was started from', () => {
  const [row] = runningLabs([session({ from: 'build/ship-it#push' })], pages, () => undefined);
  expect(row?.lesson).toEqual({ id: 'build/ship-it', title: 'Ship it' });
});

test('without a state it is resumed in the first lesson; a lab that no page uses can still be ended', () => {
  expect(runningLabs([session({})], pages, () => undefined)[0]?.lesson?.id).toBe('build/first');
  const [unknown] = runningLabs([session({ lab: 'other' })], pages, () => undefined);
  expect(unknown).toMatchObject({ title: 'other', session: 'a' });
  expect(unknown?.lesson).toBeUndefined();
});

test('the lesson in which it was used last comes before the one that it was started from', () => {
  const running = [session({ id: 'a', from: 'build/ship-it' })];
  expect(runningLabs(running, pages, (id) => (id === 'a' ? 'build/first' : undefined))[0]?.lesson?.id).toBe(
    'build/first',
  );
  expect(runningLabs(running, pages, () => 'build/gone')[0]?.lesson?.id).toBe('build/ship-it');
});
