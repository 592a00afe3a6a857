// Connects to a QEMU that may just be starting: to its monitor, and to the console for watching.
import { lstat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Socket } from 'node:net';
import { QmpClient, QmpError, type QmpEvent } from './qmp-client.ts';
import { connectSandboxSocket } from './sandbox-socket.ts';
import { socketPath } from './vm-place.ts';

/** QEMU takes 0.1 s to start, and before that each disk of a cold start 0.1 s; the host may be starting thirty machines. */
const qemuTimeoutMs = 60_000;
/** Pause between two looks for QEMU's socket, which a start waits for. */
const lookEveryMs = 4;

export interface QemuStart {
  /** The session's disk on this host. */
  disk: string;
  machine: string;
  /** Number of the start, as in `LaunchPlan`. */
  number: number;
}

export interface QemuConnection {
  qmp: QmpClient;
  /** Everything written to it is typed at the console. */
  watch: Socket;
}

export interface QemuListeners {
  onEvent: (event: QmpEvent) => void;
  onConsole: (chunk: Buffer) => void;
}

/**
 * @param signal ends the wait for QEMU with its reason
 * @throws {Error} when QEMU ends instead, or does not start in time
 */
export async function connectQemu(
  start: QemuStart,
  { onEvent, onConsole }: QemuListeners,
  signal: AbortSignal,
): Promise<QemuConnection> {
  const qmp = await untilQemu(start, signal);
  qmp.onEvent(onEvent);
  try {
    const watch = await connectSandboxSocket(socketPath(start.disk, start.machine, 'watch'));
    watch.on('data', onConsole);
    watch.on('error', () => watch.destroy());
    return { qmp, watch };
  } catch (failure) {
    // The monitor takes one client: the next try must not wait for this one.
    qmp.close();
    throw failure;
  }
}

async function untilQemu(start: QemuStart, signal: AbortSignal): Promise<QmpClient> {
  const { disk, machine } = start;
  const until = performance.now() + qemuTimeoutMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await QmpClient.connect(socketPath(disk, machine, 'qmp'));
    } catch (failure) {
      const code = (failure as NodeJS.ErrnoException).code;
      if (code !== 'ENOENT' && code !== 'ECONNREFUSED' && !(failure instanceof QmpError)) throw failure;
    }
    if (await hasEnded(start)) throw new Error(`QEMU of machine ${machine} ended at once`);
    if (performance.now() > until) throw new Error(`QEMU of machine ${machine} did not start in time`);
    await delay(lookEveryMs);
  }
}

/** The container reports that with a file of this name. */
function hasEnded({ disk, machine, number }: QemuStart): Promise<boolean> {
  return lstat(`${disk}/${machine}-ended-${number}`).then(
    () => true,
    () => false,
  );
}
