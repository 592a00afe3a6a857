// Decides from sent and acknowledged offsets when a terminal's program must wait for its viewers. Sends nothing itself.
import { highWaterBytes, lowWaterBytes } from '../../protocol/limits.ts';

/** How long a viewer may hold up the program without acknowledging anything; a hidden page still acknowledges each second. */
export const stallLimitMs = 20_000;

export interface FlowOptions {
  /** Called when the first viewer goes above high water, and when the last one is back below low water. */
  onPause(): void;
  onResume(): void;
  /** The viewer acknowledged nothing for the stall limit while above high water; it is no longer counted. */
  onStalled(viewer: object): void;
}

interface Flow {
  sent: number;
  acknowledged: number;
  full: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** Viewers are told apart by identity. With none the program never waits. */
export class FlowControl {
  readonly #options: FlowOptions;
  readonly #flows = new Map<object, Flow>();
  #fullCount = 0;

  constructor(options: FlowOptions) {
    this.#options = options;
  }

  /** The viewer was given everything before `offset` as replay or screen, which is not counted; live output follows. */
  begin(viewer: object, offset: number): void {
    this.remove(viewer);
    this.#flows.set(viewer, { sent: offset, acknowledged: offset, full: false, timer: undefined });
  }

  /** Live output before `offset` was sent. A viewer that is not live (in replay) is ignored. */
  sent(viewer: object, offset: number): void {
    const flow = this.#flows.get(viewer);
    if (flow === undefined) return;
    flow.sent = Math.max(flow.sent, offset);
    if (flow.full || flow.sent - flow.acknowledged <= highWaterBytes) return;
    flow.full = true;
    this.#watch(viewer, flow);
    if (++this.#fullCount === 1) this.#options.onPause();
  }

  /** The viewer showed everything before `offset`. Late, repeated or replay acknowledgements change nothing. */
  acknowledge(viewer: object, offset: number): void {
    const flow = this.#flows.get(viewer);
    if (flow === undefined || offset <= flow.acknowledged) return;
    flow.acknowledged = Math.min(offset, flow.sent);
    if (!flow.full) return;
    if (flow.sent - flow.acknowledged < lowWaterBytes) this.#release(flow);
    else this.#watch(viewer, flow);
  }

  /** Forgets a viewer: it left, or a replay begins. */
  remove(viewer: object): void {
    const flow = this.#flows.get(viewer);
    if (flow === undefined) return;
    this.#flows.delete(viewer);
    if (flow.full) this.#release(flow);
  }

  #release(flow: Flow): void {
    clearTimeout(flow.timer);
    flow.full = false;
    if (--this.#fullCount === 0) this.#options.onResume();
  }

  #watch(viewer: object, flow: Flow): void {
    clearTimeout(flow.timer);
    flow.timer = setTimeout(() => {
      this.remove(viewer);
      this.#options.onStalled(viewer);
    }, stallLimitMs);
  }
}
