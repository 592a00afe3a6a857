// What npm start says.
import { expect, test } from 'vitest';
import { labLine } from './follow-labs.ts';
import { leftText } from './left-running.ts';
import { logLine } from './log-line.ts';

test('a lab in each state', () => {
  const lab = { id: 'build-image', title: 'Build the image', states: [] };
  expect(labLine({ ...lab, state: 'ready' })).toBe('Lab “Build the image” is ready.');
  expect(labLine({ ...lab, state: 'failed', detail: 'no space' })).toContain('cannot be started: no space');
  expect(labLine({ ...lab, state: 'no-engine', detail: 'podman is not installed' })).toContain(
    'text only on this host',
  );
  expect(
    labLine({ ...lab, state: 'preparing', progress: { step: 'os-base:packages', done: 2, total: 9, secondsLeft: 80 } }),
  ).toBe('  build-image: os-base:packages (2 of 9, about 80 s left)');
});

test('what is left running', () => {
  expect(leftText(0, undefined)).toBe('Nothing was left running.');
  expect(leftText(1, { pid: 7, terminals: 2 })).toMatch(
    /^Left running for the readers: 1 sandbox, the pty host \(process 7\) with 2 terminals\.\n.*npm run clean/,
  );
});

test('log objects become lines', () => {
  expect(logLine('{"level":50,"msg":"a build failed","err":{"message":"disk full"}}')).toBe(
    'error: a build failed (disk full)',
  );
  expect(logLine('{"level":30,"msg":"session started"}')).toBe('session started');
  expect(logLine('{not json')).toBe('{not json');
});
