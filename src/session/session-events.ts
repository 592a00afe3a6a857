// The events of a session, and a typed way to send them.
import type { BlockRun, ServerEvent } from '../../server/protocol/messages.ts';
import type { ServerFrame } from '../../server/protocol/frames.ts';

/** The events of a session; `change` covers everything that a phase is made from. */
export interface SessionEvents {
  change: undefined;
  /** A new `hello`: terminals attach again, blocks may have changed while the page was away. */
  connected: undefined;
  frame: ServerFrame;
  block: BlockRun;
  /** The results of earlier blocks are void, because the lab was restarted. `step`: from that step of the lesson on. */
  cleared: { step: string | undefined };
  exit: { terminal: number; exitCode: number };
  /** Whose size a terminal has. */
  size: Extract<ServerEvent, { type: 'size' }>;
  refused: Extract<ServerEvent, { type: 'error' }>;
  /** The reader uses the lab on this page: starts it, types, runs, checks. */
  used: undefined;
  /** A terminal in which something happens, for the panel to show. */
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
