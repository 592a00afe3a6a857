// Whether podman failed in an exec, or the program in the sandbox.
import { expect, test } from 'vitest';
import { execInContainer, isPodmansOwn } from './container-programs.ts';
import type { Podman } from './podman-command.ts';

test.each([
  ['the container is gone', 125, '', 'Error: no container with name or ID "x" found: no such container\n', true],
  ['after a warning', 125, '', 'time="now" level=warning msg="slow"\nError: no such container x\n', true],
  ['the runtime is broken', 126, '', 'Error: OCI runtime error: fork failed\n', true],
  ['a program in the sandbox ends with 125', 125, '', '', false],
  ['it has printed something', 125, 'pulling\n', 'Error: no such image\n', false],
  ['timeout(1) fails', 125, '', 'timeout: invalid time interval\n', false],
  ['there is no such program', 127, '', 'timeout: failed to run command: No such file\n', false],
  ['killed', undefined, '', '', false],
])('%s', (_what, exitCode, stdout, stderr, isOwn) => {
  expect(isPodmansOwn({ exitCode, stdout, stderr, timedOut: false })).toBe(isOwn);
});

test('of what looks like podman’s words, two lines are quoted, without what a terminal obeys', async () => {
  const stderr = `Error: OCI x\n${'x'.repeat(700_000)}\n05:00:00  FAKE\n\x1b[2J\x1b]0;PWNED\x07\x9b2J the end`;
  const capture = () => Promise.resolve({ exitCode: 126, stdout: '', stderr, timedOut: false });
  const podman = { globalArgs: () => [], capture } as unknown as Podman;
  const request = { machine: 'desktop', argv: ['true'], timeoutMs: 1_000, maxOutputBytes: 1_024 };
  const failure = await execInContainer(podman, 'x', request).catch((reason: unknown) => reason as Error);
  const { message } = failure as Error;
  expect(message).toMatch(/^machine desktop cannot be reached: ….*FAKE.*the end$/);
  expect(message.length).toBeLessThan(300);
  expect(message).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
});
