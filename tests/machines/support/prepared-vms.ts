// What the test files of virtual machines share: the machines made ready before the first test, and waits for their state.
import { afterAll, beforeAll } from 'vitest';
import type { VmView } from '../../../server/protocol/messages.ts';
import { pollUntil } from '../../support/page-terminal.ts';
import { bootMs, RealVms } from '../../support/real-vm.ts';

/**
 * Opens the machines before the first test, with the lab's template made, and removes them after the last.
 * @param begin keeps them for the tests, and starts what all tests share
 */
export function withPreparedVms(begin: (prepared: RealVms) => void | Promise<void>): void {
  let vms: RealVms | undefined;
  beforeAll(async () => {
    vms = await RealVms.open();
    await vms.prepare();
    await begin(vms);
  }, 2 * bootMs);
  afterAll(() => vms?.[Symbol.asyncDispose]());
}

/**
 * Polls until what is known of a session's machine is as wanted.
 * @param wanted in words, for the failure
 * @throws {Error} with the last view when it does not become so in time
 */
export async function untilView(
  vms: RealVms,
  id: string,
  wanted: string,
  isWanted: (view: VmView) => boolean,
  withinMs = bootMs,
): Promise<void> {
  await pollUntil(
    () => isWanted(vms.view(id)),
    () => `${wanted}, found ${JSON.stringify(vms.view(id))}`,
    withinMs,
  );
}
