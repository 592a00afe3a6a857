// Right and wrong answers to checks of a virtual machine's lab, typed in one machine that is booted once. The caller supplies the answers.
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readLab } from '../../../labs/read-lab.ts';
import { runCheck } from '../../../server/sessions/run-check.ts';
import type { RealVms } from '../../support/real-vm.ts';
import { todaysShare } from '../../support/todays-share.ts';
import type { CheckCases } from './check-cases.ts';
import { withPreparedVms } from './prepared-vms.ts';

/** How many of each check's right and wrong answers one run takes: all of them take half an hour under emulation. */
const answersPerRun = 1;
/** An answer takes seconds, or many times as long on a crowded host. */
const answerMs = 300_000;

/** How the machine is prepared: `once` before the first answer, `fresh` before each; `words` are shell functions that answers use. */
export interface VmCheckSetup {
  words: string;
  once: string;
  fresh: string;
}

/** Declares the tests of a lab's checks. A run takes some answers of each check, and others tomorrow; EUOS_LONG=1 takes all. */
export function testVmChecks(lab: string, all: readonly CheckCases[], { words, once, fresh }: VmCheckSetup): void {
  const source = readLab(join(import.meta.dirname, '../../../labs', lab));
  let vms: RealVms;
  let id: string;
  const type = async (script: string) => {
    const { exitCode, stdout, stderr } = await vms.sh(id, `set -e\n${words}\n${script}`, answerMs / 2);
    expect(exitCode, `${script}\n${stdout}${stderr}`).toBe(0);
  };

  withPreparedVms((prepared) => {
    vms = prepared;
  });
  beforeAll(async () => {
    id = await vms.start();
    await type(once);
  }, answerMs);

  test('each check has at least five right answers and five wrong ones', () => {
    for (const { check, right, wrong } of all) {
      expect(Object.keys(right).length, check).toBeGreaterThanOrEqual(5);
      expect(Object.keys(wrong).length, check).toBeGreaterThanOrEqual(5);
    }
  });

  for (const { check, before = ':', right, wrong } of all) {
    describe(`check ${check}`, () => {
      const answer = async (script: string) => {
        await type(`${fresh}\n${before}\n${script}`);
        return runCheck(vms.engine, id, source, check);
      };
      test.each(todaysShare(Object.entries(right), answersPerRun))(
        'right: %s',
        async (_what, script) => expect(await answer(script)).toMatchObject({ outcome: 'passed' }),
        answerMs,
      );
      test.each(todaysShare(Object.entries(wrong), answersPerRun))(
        'wrong: %s',
        async (_what, [cause, script]) => expect(await answer(script)).toMatchObject({ outcome: 'failed', cause }),
        answerMs,
      );
    });
  }
}
