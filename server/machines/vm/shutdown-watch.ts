// Notices that a running system goes down: its guest agent has closed its port for good. Asks QEMU only, never the guest.
import { chardevs, readAnswer } from './qmp-answers.ts';
import { QmpError, type QmpClient } from './qmp-client.ts';

/** QEMU's name for the agent's port; see qemu-arguments.ts. */
const chardev = 'agent';
/** A shutdown takes ten seconds under emulation; a question costs QEMU about 0.1 ms. */
const lookEveryMs = 1_000;
/** An agent that ends is started again at once, except when the system goes down: one look may fall into the gap, two do not. */
const looksClosed = 2;

export interface ShutdownWatchOptions {
  /** Whether the system is up: before that, its agent has not started yet. */
  isUp: () => boolean;
  /** @returns undefined when it is not known */
  isPortOpen: () => Promise<boolean | undefined>;
  /** Called after each look at a running system. */
  onLook: (goesDown: boolean) => void;
}

export class ShutdownWatch {
  readonly #options: ShutdownWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  /** The agent of this boot has been seen. */
  #wasOpen = false;
  #closedLooks = 0;
  #isLooking = false;

  constructor(options: ShutdownWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.stop();
    this.#timer = setInterval(() => void this.look(), lookEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Never throws, because no caller waits for it; without an answer, it concludes nothing. */
  async look(): Promise<void> {
    const { isUp, isPortOpen, onLook } = this.#options;
    if (!isUp()) this.#wasOpen = false;
    if (!isUp() || this.#isLooking) return;
    this.#isLooking = true;
    try {
      // A QEMU that does not answer says nothing about its guest: that QEMU is gone is noticed elsewhere.
      const isOpen = await isPortOpen().catch(() => undefined);
      if (isOpen === undefined || !isUp()) return;
      this.#closedLooks = isOpen ? 0 : this.#closedLooks + 1;
      if (isOpen) this.#wasOpen = true;
      if (this.#wasOpen) onLook(this.#closedLooks >= looksClosed);
    } finally {
      this.#isLooking = false;
    }
  }
}

/** Whether a program in the guest has the agent's port open. Undefined when QEMU has ended or does not say. */
export async function isAgentPortOpen(qmp: Pick<QmpClient, 'execute'>): Promise<boolean | undefined> {
  try {
    const devices = readAnswer(chardevs, 'query-chardev', await qmp.execute<unknown>('query-chardev'));
    return devices.find(({ label }) => label === chardev)?.['frontend-open'];
  } catch (failure) {
    if (failure instanceof QmpError) return undefined;
    throw failure;
  }
}
