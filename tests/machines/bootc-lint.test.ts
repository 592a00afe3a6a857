// The bootc stand-in on a real root: each case of the record in a container of the base image, as in a build.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectedOf, lintCases, type LintCase } from '../support/bootc-lint-cases.ts';
import { openRealSandboxes, type RealSandboxes } from '../support/real-sandbox.ts';

let sandboxes: RealSandboxes;
let id: string;

beforeAll(async () => {
  sandboxes = await openRealSandboxes();
  id = await sandboxes.start();
});

afterAll(async () => {
  await sandboxes?.[Symbol.asyncDispose]();
});

/** Standard error is for the verdict: the output of spoiling the image is dropped. */
async function lint({ spoil, mounts = [] }: Pick<LintCase, 'spoil' | 'mounts'>, ...flags: string[]) {
  const inside = `cd / && { ${spoil} ; } > /dev/null 2>&1; exec bootc container lint ${flags.join(' ')}`;
  const words = ['podman', 'run', '--rm', ...mounts, '--entrypoint', 'sh', 'registry.lab/eu-os/base:13', '-c', inside];
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const { exitCode, stdout, stderr } = await sandboxes.sh(id, quoted, 60_000);
  return { status: exitCode, out: stdout, err: stderr };
}

test('the base itself is clean', async () => {
  expect(await lint({ spoil: ':' }, '--fatal-warnings')).toEqual({
    status: 0,
    out: 'Checks passed: 13\nChecks skipped: 1\n',
    err: '',
  });
});

test.each(lintCases.filter(({ only }) => only !== 'rootfs'))('the record: $what', async (lintCase) => {
  expect(await lint(lintCase)).toEqual(expectedOf(lintCase, 13));
});
