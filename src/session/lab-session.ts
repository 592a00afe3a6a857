// The page's one session: finds it, starts it, follows it. Shared by panel, run blocks and checks; draws nothing.
import { encodeFrame, type ClientFrame } from '../../server/protocol/frames.ts';
import type {
  BlockRun,
  CheckResult,
  LabView,
  Request,
  SessionView,
  TerminalView,
} from '../../server/protocol/messages.ts';
import * as api from './lab-api.ts';
import { lessonStart, type Start } from './doorway.ts';
import type { Phase } from './phase.ts';
import { SessionEmitter, type SessionEvents } from './session-events.ts';
import { SessionFollower } from './session-follower.ts';
import { isAlive, SessionKnowledge } from './session-knowledge.ts';
import { SessionLink } from './session-link.ts';
import { whenReady } from './when-ready.ts';

/** The reader's side of one lab. The parts have their own files; the page's elements call this class. */
export class LabSession {
  readonly lab: string;
  /** Named state that the page's lesson starts from; absent: the lab's beginning. */
  readonly wanted: string | undefined;
  /** The terminal that the reader looks at, which run blocks prefer. */
  activeTerminal: number | undefined;
  readonly #events = new SessionEmitter();
  readonly #knowledge = new SessionKnowledge(this.#events);
  readonly #follower: SessionFollower;
  readonly #link: SessionLink;
  /** The step that is being reset: marks of earlier steps stay. */
  #resetsStep: string | undefined;

  constructor(lab: string, wanted?: string) {
    this.lab = lab;
    this.wanted = wanted;
    this.#follower = new SessionFollower(lab, this.#knowledge);
    this.#link = new SessionLink(this.#knowledge, this.#events, (id) => this.#follower.isStillThere(id));
  }

  get phase(): Phase {
    return this.#knowledge.phase;
  }

  get view(): SessionView | undefined {
    return this.#knowledge.known.session;
  }

  /** How long the session still lasts if nothing happens, as of now. */
  get leftMs(): number {
    return (this.#knowledge.known.endsAt ?? 0) - performance.now();
  }

  /** What the server says about the lab itself; undefined before its first answer. */
  get labView(): LabView | undefined {
    return this.#knowledge.known.lab;
  }

  /** What a start or a reset of the whole lab begins with. */
  get lessonStart(): Start {
    return lessonStart(this.wanted, this.labView);
  }

  get terminals(): TerminalView[] {
    return this.#knowledge.terminals;
  }

  block(id: string): BlockRun | undefined {
    return this.#knowledge.block(id);
  }

  blocks(): BlockRun[] {
    return this.#knowledge.blocks();
  }

  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: (detail: SessionEvents[Name]) => void,
    signal: AbortSignal,
  ): void {
    this.#events.on(name, listener, signal);
  }

  /** Looks for the server, the lab, and a session that this reader already has. */
  async find(): Promise<void> {
    try {
      const [lab, sessions] = await Promise.all([api.getLab(this.lab), api.getSessions()]);
      const own = sessions.filter((session) => session.lab === this.lab);
      const session = own.find(isAlive) ?? own.at(-1);
      this.#knowledge.learn({ server: 'present', lab, session });
      if (session !== undefined && isAlive(session)) this.#link.connect(session.id, this.#resetsStep);
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      // The page cannot have a lab that the server does not know: the text is complete without it.
      this.#knowledge.learn(error.isUnanswered ? { server: 'absent' } : { server: 'present', refusal: error.message });
    }
    this.#follower.follow();
  }

  /** Starts the lab where the lesson begins, or takes the running one. A failure becomes a phase, not an exception. */
  async start(): Promise<void> {
    await this.#begin('start', async () => api.startSession(this.lab, await this.#freshStart()));
  }

  /**
   * Ends the lab and starts it again where the lesson begins.
   * @throws {api.ApiError} when the server refuses; the lab then stays as it is
   */
  async reset(): Promise<void> {
    const id = this.view?.id;
    if (id === undefined) return this.start();
    await this.#begin('reset', async () => api.resetSession(id, await this.#freshStart()));
  }

  /**
   * Ends the lab and starts it where a step begins.
   * @param from the step's state; absent: the lab's beginning
   * @throws {api.ApiError} when the state is gone or the server refuses; the lab then stays as it is
   */
  async resetStep(step: string, from: string | undefined): Promise<void> {
    const id = this.view?.id;
    this.#resetsStep = step;
    try {
      await this.#begin('reset', () =>
        id === undefined ? api.startSession(this.lab, from) : api.resetSession(id, from),
      );
    } finally {
      this.#resetsStep = undefined;
    }
  }

  /** Ends the lab for good. @throws {api.ApiError} as the calls below, when the server refuses. */
  async end(): Promise<void> {
    const id = this.view?.id;
    if (id === undefined) return;
    await api.endSession(id);
    await this.#follower.refresh();
  }

  async extend(): Promise<void> {
    const id = this.view?.id;
    if (id !== undefined) this.#knowledge.learn({ session: await api.extendSession(id) });
  }

  async openTerminal(machine: string): Promise<number | undefined> {
    const id = this.view?.id;
    if (id === undefined) return undefined;
    const terminal = await api.openTerminal(id, machine);
    this.#knowledge.replaceTerminals([...this.terminals.filter((other) => other.number !== terminal.number), terminal]);
    this.show(terminal.number);
    return terminal.number;
  }

  async closeTerminal(number: number): Promise<void> {
    const id = this.view?.id;
    if (id === undefined) return;
    await api.closeTerminal(id, number);
    this.#knowledge.replaceTerminals(this.terminals.filter((terminal) => terminal.number !== number));
  }

  /** @throws {api.ApiError} when the server refuses or cannot be reached. */
  check(check: string): Promise<CheckResult> {
    const id = this.view?.id;
    if (id === undefined) throw new api.ApiError('LAB_ERR_NOT_READY', 409, 'the lab is not started');
    this.use();
    return api.runCheck(id, check);
  }

  /** @returns false when disconnected: nothing was sent, and nothing is kept for later. */
  send(message: Request): boolean {
    if (message.type === 'run') this.use();
    return this.#link.send(message);
  }

  sendFrame(frame: ClientFrame): boolean {
    return this.#link.send(encodeFrame(frame));
  }

  show(terminal: number): void {
    this.#events.emit('show', terminal);
  }

  /** The reader uses the lab on this page. What a terminal answers by itself does not count. */
  use(): void {
    this.#events.emit('used', undefined);
  }

  /** Tries again at once, whatever is missing. */
  retry(): void {
    if (!this.#link.retry() && this.phase.name === 'absent') void this.find();
  }

  /** The reader has acknowledged that the terminals are new. */
  readLoss(): void {
    this.#knowledge.learn({ readLossAt: this.view?.terminalsLostAt });
  }

  /** The computer woke up or the network changed: finds out whether the connection still works. */
  probe(): void {
    this.#link.probe();
  }

  /** Waits until terminals can be used. @throws {Error} when the lab ends or fails first, or the signal aborts. */
  whenReady(signal: AbortSignal): Promise<void> {
    return whenReady(() => this.phase, this.#events, signal);
  }

  /** The lesson's start. States come and go while a page is open. */
  async #freshStart(): Promise<string | undefined> {
    if (this.wanted !== undefined) this.#knowledge.learn({ lab: await api.getLab(this.lab) });
    return this.lessonStart.from;
  }

  async #begin(pending: 'start' | 'reset', call: () => Promise<SessionView>): Promise<void> {
    this.#knowledge.learn({ pending, refusal: undefined });
    try {
      const session = await call();
      const isOther = !this.#link.isOf(session.id);
      this.#knowledge.learn({
        pending: undefined,
        session,
        server: 'present',
        // The current socket belongs to the previous session: its state says nothing about this one.
        ...(isOther ? { wasConnected: false, connection: undefined } : {}),
      });
      if (isOther) this.#link.connect(session.id, this.#resetsStep);
      this.use();
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      if (pending === 'reset' && this.view !== undefined && error.code !== 'LAB_ERR_NO_SESSION') {
        await this.#goOn(error);
        throw error;
      }
      this.#knowledge.learn({
        pending: undefined,
        session: undefined,
        refusal: error.message,
        ...(error.isUnanswered ? { server: 'absent' } : {}),
      });
    }
    this.#follower.follow();
  }

  /** A refused reset: the lab stays as it is, and the page learns which states exist. */
  async #goOn({ code, isUnanswered }: api.ApiError): Promise<void> {
    this.#knowledge.learn({ pending: undefined });
    this.#follower.follow();
    if (isUnanswered) return;
    await this.#follower.refresh();
    // The state was removed after the page was opened.
    if (code === 'LAB_ERR_NO_STATE') await this.#follower.learnLab();
  }
}
