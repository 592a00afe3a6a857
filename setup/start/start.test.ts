// What npm start prints.
import { expect, test } from 'vitest';
import { labLine } from './follow-labs.ts';
import { leftText } from './left-running.ts';
import { logLine } from './log-line.ts';
import { addressIn } from './server-process.ts';

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
    /^Left running for the readers: 1 sandbox, the pty host \(process 7\) with 2 terminals\.\n.*npm run sessions lists them.*npm run clean ends all/,
  );
});

test('log objects become lines that say when, what, to whom and why', () => {
  expect(logLine('{"level":50,"msg":"a build failed","err":{"message":"disk full"}}')).toBe(
    'error: a build failed: disk full',
  );
  const time = new Date(2026, 0, 2, 3, 4, 5).getTime();
  const fields = { level: 30, time, pid: 7, hostname: 'h', session: 'ab12', lab: 'build-image' };
  expect(logLine(JSON.stringify({ ...fields, msg: 'the session is ended (idle)' }))).toBe(
    '03:04:05  the session is ended (idle) [session ab12, lab build-image]',
  );
  expect(logLine(JSON.stringify({ level: 40, failure: { message: 'no answer' }, msg: 'size unknown' }))).toBe(
    'warning: size unknown: no answer',
  );
  expect(logLine('{"level":50,"err":{"message":"disk full"},"msg":"disk full"}')).toBe('error: disk full');
  expect(logLine('{not json')).toBe('{not json');
});

test('whatever a line contains, the terminal does not obey it, and it begins no line of its own', () => {
  const hostile = `x\n05:00:00  FAKE\r\n\x1b[2J\x1b]0;PWNED\x07\x9b2J${'y'.repeat(700_000)}`;
  const lines = [
    logLine(JSON.stringify({ level: 30, msg: 'not read', failure: { message: hostile } })),
    logLine(JSON.stringify({ level: 30, msg: hostile, session: hostile })),
    logLine(JSON.stringify({ level: 50, err: { message: hostile } })),
    logLine(JSON.stringify({ other: hostile })),
    logLine(`{${hostile}`),
    logLine(hostile),
    labLine({ id: 'a', title: 'A', states: [], state: 'failed', detail: hostile }),
  ];
  for (const line of lines) {
    expect(line?.length).toBeLessThan(5_000);
    expect(line).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]|\n\S/);
  }
  expect(logLine(JSON.stringify({ level: 50, msg: 'lab file refused:\n- title: missing' }))).toBe(
    'error: lab file refused:\n    - title: missing',
  );
});

test('the address is printed once, and later lines with an address are shown', () => {
  expect(logLine('{"level":30,"msg":"Server listening at http://127.0.0.1:4321"}')).toBeUndefined();
  expect(addressIn('EU OS Labs: http://127.0.0.1:4321')).toBe('http://127.0.0.1:4321');
  expect(addressIn('{"level":30,"msg":"Server listening at http://127.0.0.1:4321"}')).toBeUndefined();
  expect(addressIn('{"level":50,"msg":"the mirror http://mirror.example:80 cannot be reached"}')).toBeUndefined();
});
