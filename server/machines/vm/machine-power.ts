// Resets the machine of a running QEMU, and ends QEMU. virtual-machine.ts decides which of the two a request needs.
import { setTimeout as delay } from 'node:timers/promises';
import { QmpError, type QmpClient } from './qmp-client.ts';

/** QEMU resets or ends within milliseconds after its disks have finished writing, on a crowded host within seconds. */
const resetTimeoutMs = 15_000;

/** The machine starts from its firmware, whether it was running or not. @throws {QmpError} */
export async function resetMachine(qmp: QmpClient): Promise<void> {
  const done = qmp.nextEvent(({ event }) => event === 'RESET', resetTimeoutMs);
  done.catch(() => undefined);
  await qmp.execute('system_reset');
  await done;
  await qmp.execute('cont');
}

/** Like pulling the plug. Waits until QEMU has gone; after the time limit the next start has to kill it. */
export async function endQemu(qmp: QmpClient): Promise<void> {
  const gone = Promise.withResolvers<void>();
  qmp.onClose(() => gone.resolve());
  await qmp.execute('quit').catch((failure: unknown) => {
    if (!(failure instanceof QmpError)) throw failure;
  });
  await Promise.race([gone.promise, delay(resetTimeoutMs, undefined, { ref: false })]);
}
