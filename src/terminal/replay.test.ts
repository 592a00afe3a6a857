// A replay ends when it has been parsed, whether that takes a moment or seconds.
import { expect, test } from 'vitest';
import { Replay } from './replay.ts';

const output = { type: 'output', terminal: 1, offset: 0, bytes: new Uint8Array(1) } as const;
const snapshot = {
  type: 'snapshot',
  terminal: 1,
  offset: 0,
  columns: 80,
  rows: 24,
  screen: new Uint8Array(1),
} as const;

test('a screen and the output that follows it are a replay, the next output is new', () => {
  const replay = new Replay();
  replay.attaching();
  expect([snapshot, output, output].map((frame) => replay.includes(frame))).toEqual([true, true, false]);
  replay.attaching();
  expect([output, output].map((frame) => replay.includes(frame))).toEqual([true, false]);
});

test('it lasts until every part of it has been parsed', () => {
  const replay = new Replay();
  expect(replay.isOn).toBe(false);
  const [screen, rest] = [replay.begin(), replay.begin()];
  screen();
  expect(replay.isOn).toBe(true);
  rest();
  expect(replay.isOn).toBe(false);
});
