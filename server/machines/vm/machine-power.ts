// A running QEMU's machine reset, and QEMU ended. Which of both a reader's wish needs, virtual-machine.ts decides.
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

/** As pulling the plug does. Waits until QEMU has gone, or for so long that it has to be killed by who starts it anew. */
export async function endQemu(qmp: QmpClient): Promise<void> {
  const gone = Promise.withResolvers<void>();
  qmp.onClose(() => gone.resolve());
  await qmp.execute('quit').catch((failure: unknown) => {
    if (!(failure instanceof QmpError)) throw failure;
  });
  await Promise.race([gone.promise, delay(resetTimeoutMs, undefined, { ref: false })]);
}
