// Where a lesson is played on a real server: one fresh session, its terminals, its checks. Knows nothing of pages.
import type { BlockRun, CheckResult, SessionView } from '../../server/protocol/messages.ts';
import type { ViewerLink } from '../../server/terminals/terminal-service.ts';
import { NotInTime, PageTerminal, pollUntil, unlessLate } from '../support/page-terminal.ts';
import { LabReader } from './lab-reader.ts';
import { TextWatch } from '../../src/run-blocks/text-watch.ts';
import type { PageAction, RunBlock } from './lesson-page.ts';
import type { Acted, Ran } from './failure-text.ts';
import type { Stage } from './play-lesson.ts';
import { untilAccepted, untilReady } from './support/ask-again.ts';

/** High enough that the end of a failed build is on the screen. */
const screenSize = { columns: 100, rows: 40 };
/** After ^C a program has this long to return to the prompt, so that the screen shows what it did. */
const interruptWithinMs = 10_000;
/** A block that is done at a text may leave its program running for a moment: the next command waits for the prompt. */
const promptWithinMs = 60_000;
/** How long a program may take to ask for a touch; on a crowded host its request takes seconds. */
const touchWithinMs = 30_000;
/** For the prompt after a machine's cold start, on a crowded host. */
const firstPromptWithinMs = 120_000;

class SocketClosed extends Error {
  override name = 'SocketClosed';
}

export class LessonSession implements Stage, AsyncDisposable {
  readonly view: SessionView;
  readonly #reader: LabReader;
  readonly #link: ViewerLink;
  readonly #terminals = new Map<string, PageTerminal>();
  /** Rejects when the server closes the socket: no block would ever end after that. */
  readonly #closed = Promise.withResolvers<never>();

  private constructor(reader: LabReader, view: SessionView, link: ViewerLink) {
    this.#reader = reader;
    this.view = view;
    this.#link = link;
    // A caller that waits for a block gets the error; if nobody waits, it is just the end of the session.
    this.#closed.promise.catch(() => undefined);
  }

  /**
   * A fresh session for a fresh reader.
   * @param from named state, which must exist; absent: the lab's beginning
   * @throws {Error} when the session fails, or is not ready in time
   */
  static async start(url: string, lab: string, say: (line: string) => void, from?: string): Promise<LessonSession> {
    const reader = new LabReader(url);
    await reader.call('GET', `/api/labs/${lab}`);
    const wanted = from === undefined ? { lab } : { lab, from };
    const view = await untilReady(reader, await reader.call<SessionView>('POST', '/api/sessions', wanted), say);
    const session = new LessonSession(reader, view, await reader.openSocket(view));
    await session.#attach();
    return session;
  }

  async run(block: RunBlock): Promise<Ran> {
    const terminal = this.#terminalOf(block.machine);
    const startedAt = performance.now();
    try {
      const run = await Promise.race([this.#runWhenFree(terminal, block), this.#closed.promise]);
      const durationMs = run.durationMs ?? performance.now() - startedAt;
      return run.exitStatus === undefined ? { durationMs } : { exitStatus: run.exitStatus, durationMs };
    } catch (failure) {
      // Only a block that still runs is interrupted: a refusal, a closed socket and a mistake in this code are passed on unchanged.
      if (!(failure instanceof NotInTime)) throw failure;
      return { durationMs: await this.#interrupt(terminal, block, startedAt) };
    }
  }

  async act(action: PageAction): Promise<Acted> {
    const terminal = this.#terminalOf(action.machine);
    const startedAt = performance.now();
    const watch = action.until === undefined ? undefined : new TextWatch(action.until);
    let isSeen = watch === undefined;
    terminal.onFrame = (frame) => {
      if (watch?.take(frame) === true) isSeen = true;
    };
    const since = () => performance.now() - startedAt;
    try {
      await this.#post(action);
      const wait = pollUntil(
        () => isSeen,
        () => `“${action.until}” at the console`,
        Math.max(1, action.timeoutMs - since()),
      );
      await Promise.race([wait.catch(unlessLate), this.#closed.promise]);
      return { isSeen, durationMs: since() };
    } catch (failure) {
      if (failure instanceof SocketClosed) throw failure;
      return { isSeen, refused: failure instanceof Error ? failure.message : String(failure), durationMs: since() };
    } finally {
      terminal.onFrame = () => undefined;
    }
  }

  async check(id: string): Promise<CheckResult> {
    return this.#reader.call<CheckResult>('POST', `/api/sessions/${this.view.id}/checks/${id}`, {});
  }

  async screenLines(machine?: string): Promise<string[]> {
    const terminal = machine === undefined ? [...this.#terminals.values()][0] : this.#terminals.get(machine);
    await terminal?.parsed();
    return terminal?.text().split('\n') ?? [];
  }

  /** The id of the session, which is also its sandbox's. The server ends the session when its reader has been gone for long. */
  get sandboxId(): string {
    return this.view.id;
  }

  /** What a browser needs to act as the same reader. */
  get cookie(): string {
    return this.#reader.cookie;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#link.close();
    await this.#reader.call('DELETE', `/api/sessions/${this.view.id}`);
  }

  async #attach(): Promise<void> {
    for (const { machine, number } of this.view.terminals) {
      if (this.#terminals.has(machine)) continue;
      this.#terminals.set(machine, new PageTerminal(number, screenSize.columns, screenSize.rows));
    }
    shareLink(this.#link, [...this.#terminals.values()]);
    this.#link.onClose((code, reason) =>
      this.#closed.reject(new SocketClosed(`the server closed the socket: ${code} ${reason}`)),
    );
    for (const terminal of this.#terminals.values()) {
      terminal.attach();
    }
    for (const { name, type } of this.view.machines) {
      // A run block is refused until the shell is at its prompt. A virtual machine may be waiting at a question instead.
      const first = type === 'container' ? /[$#] ?$/ : /\S/;
      await this.#terminals.get(name)?.waitForText(first, firstPromptWithinMs);
    }
  }

  /** A key is touched once it waits for a touch, which may be a moment after the text that asks for one. */
  async #post(action: PageAction): Promise<void> {
    const path = `/api/sessions/${this.view.id}/machines/${action.machine}/${action.action}`;
    await untilAccepted(
      () => this.#reader.call('POST', path, bodyOf(action)),
      (refusal) => refusal instanceof Error && refusal.message.includes('LAB_ERR_BUSY'),
      action.action === 'touch' ? touchWithinMs : 0,
    );
  }

  /** Waits, like a reader who sees that the prompt is not back yet. */
  async #runWhenFree(terminal: PageTerminal, { block, command, timeoutMs, keys, until }: RunBlock): Promise<BlockRun> {
    const how = { ...(keys === undefined ? {} : { keys }), ...(until === undefined ? {} : { until }) };
    const isEarly = () => {
      const refusal = terminal.error(block);
      return refusal?.type === 'error' && refusal.code === 'LAB_ERR_BUSY';
    };
    return untilAccepted(() => terminal.runBlock(block, command, timeoutMs, how), isEarly, promptWithinMs);
  }

  #terminalOf(machine: string): PageTerminal {
    const terminal = this.#terminals.get(machine);
    if (terminal !== undefined) return terminal;
    const known = [...this.#terminals.keys()].join(', ');
    throw new Error(`found no terminal on machine ${machine}, expected one of ${known}`);
  }

  async #interrupt(terminal: PageTerminal, block: RunBlock, startedAt: number): Promise<number> {
    const durationMs = performance.now() - startedAt;
    terminal.request({ type: 'interrupt', terminal: terminal.number });
    const isDone = () => terminal.blocks.get(block.block)?.state === 'done';
    await pollUntil(isDone, () => 'the prompt after ^C', interruptWithinMs).catch((failure: unknown) => {
      unlessLate(failure);
      // The failure to report is the time limit; the screen shows that ^C did not help.
      terminal.events.push({ type: 'error', code: 'not-interrupted', message: String(failure) });
    });
    return durationMs;
  }
}

function bodyOf({ action, what }: PageAction): object {
  if (action === 'touch') return {};
  return action === 'tamper' ? { kind: what } : { action: what };
}

/** All terminals of a session share one socket; each picks out its own frames. */
function shareLink(link: ViewerLink, terminals: PageTerminal[]): void {
  const texts: ((text: string) => void)[] = [];
  const binaries: ((data: Uint8Array) => void)[] = [];
  for (const terminal of terminals) {
    terminal.use({
      ...link,
      onText: (listener) => texts.push(listener),
      onBinary: (listener) => binaries.push(listener),
      onClose: () => undefined,
    });
  }
  link.onText((text) => texts.forEach((listener) => listener(text)));
  link.onBinary((data) => binaries.forEach((listener) => listener(data)));
}
