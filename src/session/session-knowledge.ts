// What the page knows about its lab and session; reports changes. Does not ask: calls and the socket bring the news.
import type { BlockRun, SessionView, TerminalView } from '../../server/protocol/messages.ts';
import { phaseOf, type Known, type Phase } from './phase.ts';
import type { SessionEmitter } from './session-events.ts';

/** Whether a session can be used, now or later. */
export function isAlive(session: SessionView): boolean {
  return session.state !== 'ended' && session.state !== 'failed' && session.state !== 'ending';
}

/** The one place where news about server, lab and session come together. */
export class SessionKnowledge {
  readonly #events: SessionEmitter;
  readonly #blocks = new Map<string, BlockRun>();
  #known: Known = { server: 'unknown' };

  constructor(events: SessionEmitter) {
    this.#events = events;
  }

  /** Everything that is known at this moment. */
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

  /** Takes news and reports that there are some; a session in them has just come from the server. */
  learn(news: Partial<Known>): void {
    this.#know(news);
    this.#events.emit('change', undefined);
  }

  /** The time that the server says is left counts from now on, by a clock that cannot be set. */
  #know(news: Partial<Known>): void {
    const endsAt = news.session === undefined ? {} : { endsAt: performance.now() + news.session.endsInMs };
    this.#known = { ...this.#known, ...news, ...endsAt };
  }

  /** News about the page's own session. Late messages about one that was reset are ignored. */
  learnOf(session: SessionView): void {
    if (session.id === this.#known.session?.id) this.learn({ session });
  }

  /** Takes the content of a `hello`. Sends no `change`: the connection opens right after this, and that reports both. */
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

  /** The shell of a terminal has ended. */
  takeExit(exit: { terminal: number; exitCode: number }): void {
    this.replaceTerminals(
      this.terminals.map((terminal) =>
        terminal.number === exit.terminal ? { ...terminal, state: 'exited', exitCode: exit.exitCode } : terminal,
      ),
    );
    this.#events.emit('exit', exit);
  }
}
