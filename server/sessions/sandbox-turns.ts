// Runs the operations on one sandbox one after the other; ending the sandbox ends the operation in progress. Knows ids, no sandboxes.

/** An operation that has not ended this long after it was told to is hanging: its sandbox is ended anyway. */
const settleWithinMs = 60_000;

interface Turn {
  isOver: Promise<void>;
  ending: AbortController;
}

export class SandboxTurns {
  /** By id, in order. */
  readonly #turns = new Map<string, Turn[]>();
  readonly #settleWithinMs: number;

  constructor(withinMs = settleWithinMs) {
    this.#settleWithinMs = withinMs;
  }

  /** Whether an operation on it is running or waiting for its turn. */
  isBusy(id: string): boolean {
    return this.#turns.has(id);
  }

  /** Does the work when all earlier operations are over. @param work gets a signal that `endAll` aborts */
  async run<Result>(id: string, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const before = this.#turns.get(id) ?? [];
    const over = Promise.withResolvers<void>();
    const turn: Turn = { isOver: over.promise, ending: new AbortController() };
    this.#turns.set(id, [...before, turn]);
    try {
      await Promise.all(before.map(({ isOver }) => isOver));
      turn.ending.signal.throwIfAborted();
      return await work(turn.ending.signal);
    } finally {
      over.resolve();
      this.#forget(id, turn);
    }
  }

  /** Aborts the running operation, waits a limited time for its end, and then does the work. @param reason for the abort */
  async endAll<Result>(id: string, reason: Error, work: () => Promise<Result>): Promise<Result> {
    const before = this.#turns.get(id) ?? [];
    const over = Promise.withResolvers<void>();
    const turn: Turn = { isOver: over.promise, ending: new AbortController() };
    this.#turns.set(id, [...before, turn]);
    for (const { ending } of before) ending.abort(reason);
    const gaveUp = Promise.withResolvers<void>();
    const timer = setTimeout(gaveUp.resolve, this.#settleWithinMs);
    try {
      await Promise.race([Promise.all(before.map(({ isOver }) => isOver)), gaveUp.promise]);
      return await work();
    } finally {
      clearTimeout(timer);
      over.resolve();
      this.#forget(id, turn);
    }
  }

  #forget(id: string, over: Turn): void {
    const left = (this.#turns.get(id) ?? []).filter((turn) => turn !== over);
    if (left.length === 0) this.#turns.delete(id);
    else this.#turns.set(id, left);
  }
}
