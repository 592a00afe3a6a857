import { expect, test } from 'vitest';
import type { LabFile } from '../../labs/lab-schema.ts';
import { SessionBook, type BookOptions } from './session-book.ts';
import type { SessionRecord } from './session-record.ts';

const record = {
  id: 'one',
  reader: 'r',
  lab: 'build',
  labFile: {
    title: 'Build',
    machines: [],
    limits: { idle: 1, total: 2, extend: 1, extensions: 1 },
  } as unknown as LabFile,
  state: 'preparing',
  createdAt: 0,
  extensions: 0,
  nextTerminal: 1,
} satisfies SessionRecord;

function bookOf(): SessionBook {
  return new SessionBook({
    labs: { find: () => undefined, all: () => [], broken: () => [] },
    labsDir: '/labs',
    engine: { vms: () => ({}), unenforced: [] },
    readiness: { view: () => ({}), isReady: () => true },
    store: { save: () => undefined },
    clock: { now: () => 0, steadyMs: () => 0 },
    log: { info: () => undefined },
  } as unknown as BookOptions);
}

test.each([['ended'], ['failed']] as const)(
  'the reader’s address is known while the session lives, and forgotten when it has %s',
  (last) => {
    const book = bookOf();
    const entry = book.take(record);
    entry.address = '192.0.2.7';
    book.move(entry, 'starting');
    expect(entry.address).toBe('192.0.2.7');
    book.move(entry, last);
    expect(entry).not.toHaveProperty('address');
  },
);
