// Right and wrong answers to the checks of a lab: each is a shell script that runs in one machine, and what the check says then.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readLab } from '../../../labs/read-lab.ts';
import { runCheck } from '../../../server/sessions/run-check.ts';
import { todaysShare } from '../../support/todays-share.ts';
import { openRealSandboxes, type RealSandboxes } from '../../support/real-sandbox.ts';

export interface CheckCases {
  check: string;
  /** Puts the machine into the state in which each answer begins; runs before every one. */
  before?: string;
  /** Answers that the page asks for, and others with the same effect: what → script. */
  right: Record<string, string>;
  /** Wrong answers: what → cause and script. */
  wrong: Record<string, [cause: string, script: string]>;
}

/** How many of each check's right and wrong answers one run takes: all of them take a quarter of an hour. */
const answersPerRun = 2;

/** Shell functions that answers use. `image NAME [DIR]` builds what standard input says; `gone` and
 * `unpushed` take an image away that may not be there. */
export const prelude = `
base=registry.lab/eu-os/base:13
image() { podman build --quiet --tag "$1" --file - "\${2:-/run/lab}" > /dev/null; }
gone() { for name; do ! podman image exists "$name" || podman rmi --force "$name" > /dev/null; done; }
unpushed() { ! skopeo inspect "docker://$1" > /dev/null 2>&1 || skopeo delete "docker://$1"; }
digest() { skopeo inspect --format '{{.Digest}}' "docker://$1"; }
cd /root
`;

/**
 * Declares the tests of a lab's checks; one sandbox serves them all. A run takes some answers of each check, and others
 * tomorrow; EUOS_LONG=1 takes all.
 * @param once runs before the first answer and makes what all of them need
 */
export function testChecks(lab: string, all: readonly CheckCases[], once = ':'): void {
  const source = readLab(join(import.meta.dirname, '../../../labs', lab));
  let sandboxes: RealSandboxes;
  let id: string;
  const type = async (script: string) => {
    const { exitCode, stdout, stderr } = await sandboxes.sh(id, `set -e\n${prelude}\n${script}`, 120_000);
    expect(exitCode, `${script}\n${stdout}${stderr}`).toBe(0);
  };

  beforeAll(async () => {
    sandboxes = await openRealSandboxes();
    const { machines, disk } = source.file;
    const [machine] = machines;
    if (machine?.type !== 'container') throw new Error(`found no container first in ${lab}, expected one`);
    const { memory, cpus, pids } = machine;
    id = await sandboxes.start(
      { memoryMiB: memory, cpus, pids },
      { diskMiB: disk, filesDir: join(source.dir, 'files') },
    );
    await type(once);
  });

  afterAll(async () => {
    await sandboxes?.[Symbol.asyncDispose]();
  });

  test('each check has at least five right answers and five wrong ones', () => {
    for (const { check, right, wrong } of all) {
      expect(Object.keys(right).length, check).toBeGreaterThanOrEqual(5);
      expect(Object.keys(wrong).length, check).toBeGreaterThanOrEqual(5);
    }
  });

  for (const { check, before = ':', right, wrong } of all) {
    describe(`check ${check}`, () => {
      test.each(todaysShare(Object.entries(right), answersPerRun))('right: %s', async (_what, script) => {
        await type(`${before}\n${script}`);
        expect(await runCheck(sandboxes.engine, id, source, check)).toMatchObject({ outcome: 'passed' });
      });
      test.each(todaysShare(Object.entries(wrong), answersPerRun))('wrong: %s', async (_what, [cause, script]) => {
        await type(`${before}\n${script}`);
        expect(await runCheck(sandboxes.engine, id, source, check)).toMatchObject({ outcome: 'failed', cause });
      });
    });
  }
}
