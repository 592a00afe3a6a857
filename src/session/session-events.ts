// What a session tells its listeners, and the typed way to tell it.
import type { BlockRun, ServerEvent } from '../../server/protocol/messages.ts';
import type { ServerFrame } from '../../server/protocol/frames.ts';

/** What a session tells; `change` covers all that a phase is made of. */
export interface SessionEvents {
  change: undefined;
  /** A new `hello`: terminals attach again, blocks may have changed while the page was away. */
  connected: undefined;
  frame: ServerFrame;
  block: BlockRun;
  /** The results of earlier blocks are void: the lab was started again. `step`: from that step of the lesson on. */
  cleared: { step: string | undefined };
  exit: { terminal: number; exitCode: number };
  /** Whose size a terminal has. */
  size: Extract<ServerEvent, { type: 'size' }>;
  refused: Extract<ServerEvent, { type: 'error' }>;
  /** The reader does something with the lab on this page: starts it, types, runs, checks. */
  used: undefined;
  /** A terminal that something happens in: the panel shows it. */
  show: number;
}

export class SessionEmitter {
  readonly #target = new EventTarget();

  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: (detail: SessionEvents[Name]) => void,
    signal: AbortSignal,
  ): void {
    const take = (event: Event) => listener((event as CustomEvent<SessionEvents[Name]>).detail);
    this.#target.addEventListener(name, take, { signal });
  }

  emit<Name extends keyof SessionEvents>(name: Name, detail: SessionEvents[Name]): void {
    this.#target.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
