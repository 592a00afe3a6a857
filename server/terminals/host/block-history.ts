// The last state of each run block of a session, for pages that connect later. Bounded; decides nothing.
import type { BlockRun } from '../../protocol/messages.ts';

/** A long chapter has some fifty blocks of some 150 bytes each; this is ten times as many. */
export const maxBlocks = 500;

export class BlockHistory {
  readonly #runs = new Map<string, BlockRun>();

  /** The newest state comes last, and the oldest is forgotten first. */
  remember(run: BlockRun): void {
    this.#runs.delete(run.block);
    this.#runs.set(run.block, run);
    const oldest = this.#runs.keys().next();
    if (this.#runs.size > maxBlocks && oldest.done !== true) this.#runs.delete(oldest.value);
  }

  list(): BlockRun[] {
    return [...this.#runs.values()];
  }
}
