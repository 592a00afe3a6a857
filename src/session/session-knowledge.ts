// What the page knows about its lab and session; reports when it learns more. Does not ask: calls and the socket bring the news.
import type { BlockRun, SessionView, TerminalView } from '../../server/protocol/messages.ts';
import { phaseOf, type Known, type Phase } from './phase.ts';
import type { SessionEmitter } from './session-events.ts';

/** Whether a session can still be used, or will be. */
export function isAlive(session: SessionView): boolean {
  return session.state !== 'ended' && session.state !== 'failed' && session.state !== 'ending';
}

/** The one place where news of server, lab and session come together. */
export class SessionKnowledge {
  readonly #events: SessionEmitter;
  readonly #blocks = new Map<string, BlockRun>();
  #known: Known = { server: 'unknown' };

  constructor(events: SessionEmitter) {
    this.#events = events;
  }

  /** All that is known at this moment. */
  get known(): Readonly<Known> {
    return this.#known;
  }

  get phase(): Phase {
    return phaseOf(this.#known, performance.now());
  }

  get terminals(): TerminalView[] {
    return this.#known.session?.terminals ?? [];
  }

  block(id: string): BlockRun | undefined {
    return this.#blocks.get(id);
  }

  blocks(): BlockRun[] {
    return [...this.#blocks.values()];
  }

  /** Takes news and tells that there are some; a session among them has just come from the server. */
  learn(news: Partial<Known>): void {
    this.#know(news);
    this.#events.emit('change', undefined);
  }

  /** What the server says is left counts from now on, by a clock that nobody can set. */
  #know(news: Partial<Known>): void {
    const endsAt = news.session === undefined ? {} : { endsAt: performance.now() + news.session.endsInMs };
    this.#known = { ...this.#known, ...news, ...endsAt };
  }

  /** News of the page's own session. What comes late of one that was reset is no news. */
  learnOf(session: SessionView): void {
    if (session.id === this.#known.session?.id) this.learn({ session });
  }

  /** What a `hello` says. No `change` yet: that the connection is open follows at once, and tells of both. */
  greet(session: SessionView, runs: BlockRun[]): void {
    this.#know({ session });
    this.#blocks.clear();
    for (const run of runs) this.takeBlock(run);
  }

  takeBlock(run: BlockRun): void {
    this.#blocks.set(run.block, run);
    this.#events.emit('block', run);
  }

  /** @param step the step whose reset makes the blocks void; absent: the whole lesson starts again */
  clearBlocks(step: string | undefined): void {
    this.#blocks.clear();
    this.#events.emit('cleared', { step });
  }

  replaceTerminals(terminals: TerminalView[]): void {
    const { session } = this.#known;
    if (session === undefined) return;
    this.#known = { ...this.#known, session: { ...session, terminals } };
    this.#events.emit('change', undefined);
  }

  /** A terminal's shell has ended. */
  takeExit(exit: { terminal: number; exitCode: number }): void {
    this.replaceTerminals(
      this.terminals.map((terminal) =>
        terminal.number === exit.terminal ? { ...terminal, state: 'exited', exitCode: exit.exitCode } : terminal,
      ),
    );
    this.#events.emit('exit', exit);
  }
}
