// How many sandboxes may be starting at once. Decides only the order; knows no sandbox.

/**
 * A start keeps a processor busy for some time: with more at once, each takes longer and may exceed its time limits. Urgent
 * requests (a reader is waiting) go before others (prepared ahead of a reader); otherwise it is first come, first served.
 */
export class StartSlots {
  readonly most: number;
  #running = 0;
  #urgent: (() => void)[] = [];
  #others: (() => void)[] = [];

  constructor(most: number) {
    this.most = most;
  }

  /** Waits for a slot, works, gives the slot back. @throws {Error} the signal's reason when that comes before the slot */
  async run<Result>(isUrgent: boolean, work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    if (this.#running < this.most) this.#running += 1;
    else await this.#wait(isUrgent, signal);
    try {
      return await work();
    } finally {
      // The slot goes to the next one in the queue, so that no later request can take it.
      const next = this.#urgent.shift() ?? this.#others.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #wait(isUrgent: boolean, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#urgent = this.#urgent.filter((other) => other !== begin);
        this.#others = this.#others.filter((other) => other !== begin);
        reject(signal?.reason as Error);
      };
      const begin = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      signal?.addEventListener('abort', leave, { once: true });
      (isUrgent ? this.#urgent : this.#others).push(begin);
    });
  }
}
