// The viewers of one terminal, in the order in which they were last used: the last one owns the size. Sends no output.
import type { ServerFrame } from '../../protocol/frames.ts';

export interface Size {
  columns: number;
  rows: number;
}

/** A connected page as one terminal sees it. */
export interface Viewer {
  send(frame: ServerFrame): void;
  /** The viewer acknowledged nothing for too long and is no longer attached. */
  onStalled(): void;
  /** The terminal has this size. `isYours`: it is this viewer's. Called when either changes. */
  onSize(terminal: number, size: Size, isYours: boolean): void;
  /** The program has ended, and all its output was sent. */
  onExit(terminal: number, exitCode: number): void;
}

export interface Attachment {
  size: Size;
  /** Counts the screens that it was promised; only the last one is sent. */
  promise: number;
  /** False while a screen is promised: live output would arrive before it. */
  isLive: boolean;
  /** What `onSize` reported last. */
  told?: string;
}

export class Viewers {
  readonly #terminal: number;
  readonly #attached = new Map<Viewer, Attachment>();

  /** @param terminal the terminal's number, for messages to viewers */
  constructor(terminal: number) {
    this.#terminal = terminal;
  }

  get count(): number {
    return this.#attached.size;
  }

  /** The viewer that was used last. */
  get owner(): Viewer | undefined {
    return [...this.#attached.keys()].at(-1);
  }

  get(viewer: Viewer): Attachment | undefined {
    return this.#attached.get(viewer);
  }

  /** All viewers, the owner last; one that is removed meanwhile is skipped. */
  all(): Iterable<[Viewer, Attachment]> {
    return this.#attached.entries();
  }

  /** @param isOwner false: it comes before all others, like one that has not been used */
  add(viewer: Viewer, size: Size, isOwner: boolean): void {
    const others = isOwner ? [] : [...this.#attached];
    if (!isOwner) this.#attached.clear();
    this.#attached.set(viewer, { size, promise: 0, isLive: false });
    for (const [other, attachment] of others) this.#attached.set(other, attachment);
  }

  /** @returns whether it was a viewer */
  remove(viewer: Viewer): boolean {
    return this.#attached.delete(viewer);
  }

  /** A viewer was used: it is the owner from now on. @returns undefined when it is not a viewer */
  use(viewer: Viewer): Attachment | undefined {
    const attachment = this.#attached.get(viewer);
    if (attachment === undefined) return undefined;
    this.#attached.delete(viewer);
    this.#attached.set(viewer, attachment);
    return attachment;
  }

  clear(): void {
    this.#attached.clear();
  }

  /** Tells each viewer the terminal's size and whether it is its own, unless it knows already. */
  tellSize(size: Size): void {
    const { owner } = this;
    for (const [viewer, attachment] of this.#attached) {
      const news = `${size.columns} ${size.rows} ${viewer === owner}`;
      if (attachment.told === news) continue;
      attachment.told = news;
      viewer.onSize(this.#terminal, size, viewer === owner);
    }
  }
}
