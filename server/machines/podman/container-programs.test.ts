// Whether podman failed in an exec, or the program in the sandbox.
import { expect, test } from 'vitest';
import { isPodmansOwn } from './container-programs.ts';

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
