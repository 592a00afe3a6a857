// What the test files of virtual machines share: preparing the machines before the first test, and waiting for their state.
import { afterAll, beforeAll } from 'vitest';
import type { VmView } from '../../../server/protocol/messages.ts';
import { pollUntil } from '../../support/page-terminal.ts';
import { bootMs, RealVms } from '../../support/real-vm.ts';

/**
 * Opens the machines and makes the lab's template before the first test, and removes the machines after the last.
 * @param begin receives the machines, and starts what all tests share
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
 * Polls until a session's machine is in the expected state.
 * @param wanted the expected state in words, for the failure
 * @throws {Error} with the last view when that does not happen in time
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
