// The cause with its data, and never anything but text.
import { expect, test, vi } from 'vitest';
import { ApiError } from '../session/lab-api.ts';
import { codeParts, lookOfRefusal, lookOfResult } from './check-message.ts';

vi.mock('../page/page-texts.ts', () => ({
  pageTexts: () => ({
    'lab.check.refused': 'Not run: {message}',
    'lab.machine.sentence': '{why}.',
  }),
}));

const texts = {
  title: 'SSH starts at boot',
  passed: '`ssh.service` is enabled.',
  causes: { 'not-enabled': { why: '{unit} is not enabled in {image}.', next: 'Enable it.' } },
};
const result = { check: 'ssh', data: {}, durationMs: 1 };

test('states the cause with its data', () => {
  const look = lookOfResult(
    { ...result, outcome: 'failed', cause: 'not-enabled', data: { unit: '<b>ssh</b>' } },
    texts,
  );
  expect(look).toMatchObject({ state: 'failed', sentences: ['<b>ssh</b> is not enabled in {image}.', 'Enable it.'] });
});

test('a cause without a message is a broken check, not a blank', () => {
  expect(lookOfResult({ ...result, outcome: 'failed', cause: 'toString' }, { ...texts, causes: {} }).state).toBe(
    'broken',
  );
  expect(lookOfResult({ ...result, outcome: 'failed', cause: 'other' }, texts).state).toBe('broken');
});

test('says what passing means, and when the check took too long', () => {
  expect(lookOfResult({ ...result, outcome: 'passed' }, texts).sentences).toEqual(['`ssh.service` is enabled.']);
  expect(lookOfResult({ ...result, outcome: 'timed-out' }, texts).word).toBe('lab.check.timedOut');
});

test('a provoked failure: it occurs, does not occur, or is another one', () => {
  const failed = { ...result, outcome: 'failed', cause: 'not-enabled', data: { unit: 'ssh', image: 'i' } } as const;
  expect(lookOfResult(failed, texts, 'not-enabled')).toMatchObject({ state: 'expected', word: 'lab.check.asTold' });
  expect(lookOfResult(failed, texts, 'other')).toMatchObject({ state: 'failed', word: 'lab.check.other' });
  expect(lookOfResult(failed, texts, 'other').sentences.at(-1)).toBe('lab.check.otherCause');
  expect(lookOfResult({ ...result, outcome: 'passed' }, texts, 'not-enabled')).toEqual({
    state: 'surprise',
    word: 'lab.check.surprise',
    sentences: ['`ssh.service` is enabled.', 'lab.check.surpriseWhy'],
  });
});

test('separates code from text', () => {
  expect(codeParts('run `ls` now')).toEqual([
    { text: 'run ', isCode: false },
    { text: 'ls', isCode: true },
    { text: ' now', isCode: false },
  ]);
});

const locked = 'desktop waits for its passphrase';
test.each([
  [new ApiError('LAB_ERR_NOT_READY', 409, 'phase "unlock"'), { machine: locked }, `${locked}.`],
  [new ApiError('LAB_ERR_EXEC', 503, 'no agent'), { machine: locked }, `${locked}.`],
  [new ApiError('LAB_ERR_TOO_MANY', 429, 'later'), { machine: locked }, 'Not run: later'],
  [new ApiError('unreachable', 0, 'failed to fetch'), { isDisconnected: true }, 'lab.check.disconnected'],
  [new Error('disconnected'), { isDisconnected: true }, 'lab.check.disconnected'],
])('names the machine or the connection if that is the reason: %s', (error, facts, sentence) =>
  expect(lookOfRefusal(error, { isDisconnected: false, machine: undefined, ...facts }).sentences).toEqual([sentence]),
);

test.each([
  [new ApiError('LAB_ERR_NOT_READY', 409, 'unlock it first'), 'Not run: unlock it first'],
  [new ApiError('LAB_ERR_EXEC', 503, 'no agent'), 'Not run: no agent'],
  [new ApiError('unreachable', 0, '/api/x: failed to fetch'), 'lab.say.unreachable'],
  [new Error('ended'), 'lab.check.notReady'],
])('a check that was not run says why: %s', (error, sentence) =>
  expect(lookOfRefusal(error, { isDisconnected: false, machine: undefined })).toEqual({
    state: 'broken',
    word: 'lab.check.notRun',
    sentences: [sentence],
  }),
);
