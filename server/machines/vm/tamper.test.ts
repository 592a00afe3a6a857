// Which tampering is recorded for a machine, and how the tampering program is called. Its effects are in tests/machines/vm-tamper.test.ts.
import { expect, test } from 'vitest';
import { vmSpec } from '../../../tests/support/vm-spec.ts';
import { tamperedAfter, tamperWithFiles } from './tamper.ts';

const machine = vmSpec({ disks: [{ name: 'system', image: 'desktop-disk' }] });

test('what has been done is listed once, until it is undone; another machine has Secure Boot on again', () => {
  expect(tamperedAfter(['firmware'], 'firmware')).toEqual(['firmware']);
  expect(tamperedAfter(['firmware'], 'secure-boot')).toEqual(['firmware', 'secure-boot']);
  expect(tamperedAfter(['secure-boot', 'command-line'], 'other-machine')).toEqual(['command-line', 'other-machine']);
  expect(tamperedAfter(['other-machine'], 'secure-boot')).toEqual(['other-machine', 'secure-boot']);
  expect(tamperedAfter(['other-machine', 'secure-boot'], 'other-machine')).toEqual(['other-machine']);
  expect(tamperedAfter(['other-machine', 'secure-boot'], 'undo')).toEqual([]);
});

test('the program’s time limit is inside the container, so that it has ended before podman’s own limit', async () => {
  let limitMs = 0;
  let argv: string[] = [];
  await tamperWithFiles(machine, 'secure-boot', (called, timeoutMs) => {
    [argv, limitMs] = [called, timeoutMs];
    return Promise.resolve({ exitCode: 0, stderr: '' });
  });
  expect(argv.slice(0, 3)).toEqual(['timeout', '-k', '1']);
  expect(argv.slice(4, 6)).toEqual(['/usr/lib/lab/tamper', 'secure-boot']);
  expect(Number(argv[3]) * 1_000 + 1_000).toBeLessThan(limitMs);
});

test.each([
  [undefined, 'did not end within'],
  [124, 'did not end within'],
  [137, 'did not end within'],
  [1, 'found no partition table'],
])('exit status %s', async (exitCode, message) => {
  const run = () => Promise.resolve({ exitCode, stderr: 'found no partition table\n' });
  await expect(tamperWithFiles(machine, 'command-line', run)).rejects.toMatchObject({
    code: 'LAB_ERR_EXEC',
    message: expect.stringContaining(message) as string,
  });
});
