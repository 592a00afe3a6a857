// Every phase has words in the catalogue, and an action where the reader can do something.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { LabView, SessionReason } from '../../server/protocol/messages.ts';
import type { Phase } from '../session/phase.ts';
import { noticeLabOf, noticeOf } from './notice.ts';

const texts = JSON.parse(readFileSync(new URL('../../content/i18n/en.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>;
const reasons: (SessionReason | 'unknown')[] = [
  'image-building',
  'image-failed',
  'no-seat',
  'idle',
  'time-limit',
  'by-reader',
  'by-operator',
  'reset',
  'start-failed',
  'machine-died',
  'engine-missing',
  'unknown',
];
const phases: Phase[] = [
  { name: 'looking' },
  { name: 'absent' },
  { name: 'no-engine', detail: 'x' },
  { name: 'not-started' },
  { name: 'preparing', isWanted: true },
  { name: 'preparing', isWanted: false },
  { name: 'queued', place: 2 },
  { name: 'queued' },
  { name: 'starting' },
  { name: 'ready' },
  { name: 'expiring', leftMs: 61_000, canExtend: true },
  { name: 'expiring', leftMs: 61_000, canExtend: false },
  { name: 'disconnected', retryAt: 5 },
  { name: 'disconnected' },
  ...reasons.map((reason): Phase => ({ name: 'ended', reason })),
  { name: 'failed', detail: 'x' },
];

test.each(phases)('%o has its words', (phase) => {
  const { word, sentence, action } = noticeOf(phase);
  for (const key of [word, sentence, action?.label]) if (key !== undefined) expect(texts).toHaveProperty([key]);
});

test('an announced end rounds minutes up: "in 2 minutes" never comes too late', () => {
  expect(noticeOf({ name: 'expiring', leftMs: 61_000, canExtend: true })).toMatchObject({
    values: { minutes: 2 },
    action: { name: 'extend' },
  });
});

test('a lab that has not been started says where it will start, and how fast its machines are', () => {
  const here = noticeOf({ name: 'not-started' }, { start: 'here', acceleration: 'emulation' });
  const missing = noticeOf({ name: 'not-started' }, { start: 'missing', acceleration: 'kvm' });
  for (const { sentence, note, word } of [here, missing]) {
    expect(texts).toHaveProperty([sentence ?? '']);
    expect(texts).toHaveProperty([note ?? '']);
    expect(texts).toHaveProperty([word]);
  }
  expect(here.sentence).not.toBe(missing.sentence);
});

test('what a lab would start from: the beginning, the lesson’s state, or a state that the lesson cannot use', () => {
  const labView: LabView = { id: 'l', title: 'L', state: 'ready', states: [], acceleration: 'kvm' };
  const starts = [{ isMissing: false }, { from: 'a/b', isMissing: false }, { isMissing: true }];
  expect(starts.map((lessonStart) => noticeLabOf({ lessonStart, labView }))).toEqual([
    { acceleration: 'kvm' },
    { start: 'here', acceleration: 'kvm' },
    { start: 'missing', acceleration: 'kvm' },
  ]);
  expect(noticeLabOf({ lessonStart: { isMissing: false }, labView: undefined })).toEqual({});
});
