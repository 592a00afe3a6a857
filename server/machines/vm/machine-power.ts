// Resets the machine of a running QEMU, and ends QEMU. virtual-machine.ts decides which of the two a request needs.
import { setTimeout as delay } from 'node:timers/promises';
import { QmpError, type QmpClient } from './qmp-client.ts';

/** QEMU resets or ends within milliseconds, after what its disks are writing; seconds on a crowded host. */
const resetTimeoutMs = 15_000;

/** The machine begins with its firmware, whether it ran or not. @throws {QmpError} */
export async function resetMachine(qmp: QmpClient): Promise<void> {
  const done = qmp.nextEvent(({ event }) => event === 'RESET', resetTimeoutMs);
  done.catch(() => undefined);
  await qmp.execute('system_reset');
  await done;
  await qmp.execute('cont');
}

/** Like pulling the plug. Waits until QEMU has gone, or for so long that the next start has to kill it. */
export async function endQemu(qmp: QmpClient): Promise<void> {
  const gone = Promise.withResolvers<void>();
  qmp.onClose(() => gone.resolve());
  await qmp.execute('quit').catch((failure: unknown) => {
    if (!(failure instanceof QmpError)) throw failure;
  });
  await Promise.race([gone.promise, delay(resetTimeoutMs, undefined, { ref: false })]);
}
