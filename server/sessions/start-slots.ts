// How many sandboxes may be on their way at once. Order only; knows no sandbox.

/**
 * A start keeps a processor busy for some time: more of them at once end later, each of them, and may run into their time
 * limits. Who asks with `isUrgent` (a reader waits) goes before who does not (ahead of a reader); else first come first.
 */
export class StartSlots {
  readonly most: number;
  #running = 0;
  readonly #urgent: (() => void)[] = [];
  readonly #others: (() => void)[] = [];

  constructor(most: number) {
    this.most = most;
  }

  /** Waits for a slot, works, gives the slot back. */
  async run<Result>(isUrgent: boolean, work: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.most) this.#running += 1;
    else await new Promise<void>((resolve) => (isUrgent ? this.#urgent : this.#others).push(resolve));
    try {
      return await work();
    } finally {
      // The slot goes over to the next one: nobody who comes meanwhile takes it.
      const next = this.#urgent.shift() ?? this.#others.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
