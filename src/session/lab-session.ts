// The page's one session: finds it, starts it, follows it. What panel, run blocks and checks share; draws nothing.
import type {
  BlockRun,
  CheckResult,
  LabView,
  ServerEvent,
  SessionView,
  TerminalView,
} from '../../server/protocol/messages.ts';
import { decodeServerFrame, encodeFrame, type ClientFrame } from '../../server/protocol/frames.ts';
import type { Request } from '../../server/protocol/messages.ts';
import * as api from './lab-api.ts';
import { Connection, type ConnectionState } from './connection.ts';
import { lessonStart, type Start } from './doorway.ts';
import { reloadOnce } from './reload-once.ts';
import { SessionEmitter, type SessionEvents } from './session-events.ts';
import { phaseOf, type Known, type Phase } from './phase.ts';

// What is being built changes every few seconds; one small request each.
const followEveryMs = 2_000;

export class LabSession {
  readonly lab: string;
  /** Named state that the page's lesson starts from; absent: the lab's beginning. */
  readonly wanted: string | undefined;
  /** The terminal that the reader looks at; run blocks prefer it. */
  activeTerminal: number | undefined;
  readonly #events = new SessionEmitter();
  readonly #blocks = new Map<string, BlockRun>();
  #known: Known = { server: 'unknown' };
  #connection: Connection | undefined;
  #connectedId: string | undefined;
  #isKnownByServer = true;
  #followTimer: ReturnType<typeof setTimeout> | undefined;
  /** The step whose reset is under way: marks of earlier steps stay. */
  #resetsStep: string | undefined;

  constructor(lab: string, wanted?: string) {
    this.lab = lab;
    this.wanted = wanted;
  }

  get phase(): Phase {
    return phaseOf(this.#known, Date.now());
  }

  get view(): SessionView | undefined {
    return this.#known.session;
  }

  /** What the server says of the lab itself; undefined before its first answer. */
  get labView(): LabView | undefined {
    return this.#known.lab;
  }

  /** What a start or a reset of the whole lab begins with. */
  get lessonStart(): Start {
    return lessonStart(this.wanted, this.labView);
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

  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: (detail: SessionEvents[Name]) => void,
    signal: AbortSignal,
  ): void {
    this.#events.on(name, listener, signal);
  }

  /** Looks for the server, the lab and a session that this reader already has. */
  async find(): Promise<void> {
    try {
      const [lab, sessions] = await Promise.all([api.getLab(this.lab), api.getSessions()]);
      const own = sessions.filter((session) => session.lab === this.lab);
      const session = own.find(isAlive) ?? own.at(-1);
      this.#learn({ server: 'present', lab, session });
      if (session !== undefined && isAlive(session)) this.#connect(session.id);
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      // A lab that the server does not know is one that this page cannot have: the text is complete without it.
      const isAbsent = error.code === 'unreachable' || error.code === 'not-a-lab-server';
      this.#learn(isAbsent ? { server: 'absent' } : { server: 'present', refusal: error.message });
    }
    this.#follow();
  }

  /** Starts the lab where the lesson begins, or takes the running one. Failures become a phase, not an exception. */
  async start(): Promise<void> {
    await this.#begin('start', async () => api.startSession(this.lab, await this.#freshStart()));
  }

  /** Ends the lab and starts it anew where the lesson begins. */
  async reset(): Promise<void> {
    const id = this.view?.id;
    if (id === undefined) return this.start();
    await this.#begin('reset', async () => api.resetSession(id, await this.#freshStart()));
  }

  /**
   * Ends the lab and starts it where a step begins.
   * @param from the step's state; absent: the lab's beginning
   * @throws {api.ApiError} when the state has gone; the lab then goes on as it is
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

  async end(): Promise<void> {
    const id = this.view?.id;
    if (id === undefined) return;
    await api.endSession(id);
    await this.#refresh();
  }

  async extend(): Promise<void> {
    const id = this.view?.id;
    if (id !== undefined) this.#learn({ session: await api.extendSession(id) });
  }

  async openTerminal(machine: string): Promise<number | undefined> {
    const id = this.view?.id;
    if (id === undefined) return undefined;
    const terminal = await api.openTerminal(id, machine);
    this.#replaceTerminals([...this.terminals.filter((other) => other.number !== terminal.number), terminal]);
    this.show(terminal.number);
    return terminal.number;
  }

  async closeTerminal(number: number): Promise<void> {
    const id = this.view?.id;
    if (id === undefined) return;
    await api.closeTerminal(id, number);
    this.#replaceTerminals(this.terminals.filter((terminal) => terminal.number !== number));
  }

  /** @throws {api.ApiError} when the server refuses or cannot be reached. */
  check(check: string): Promise<CheckResult> {
    const id = this.view?.id;
    if (id === undefined) throw new api.ApiError('LAB_ERR_NOT_READY', 409, 'the lab is not started');
    return api.runCheck(id, check);
  }

  /** @returns false when disconnected: nothing was sent, nothing will be. */
  send(message: Request): boolean {
    return this.#connection?.send(message) ?? false;
  }

  sendFrame(frame: ClientFrame): boolean {
    return this.#connection?.send(encodeFrame(frame)) ?? false;
  }

  show(terminal: number): void {
    this.#events.emit('show', terminal);
  }

  /** Tries again at once, whatever is missing. */
  retry(): void {
    if (this.#connection?.state.name === 'waiting') this.#connection.retryNow();
    else if (this.phase.name === 'absent') void this.find();
  }

  /** The computer woke or the network changed: find out whether the connection still is one. */
  probe(): void {
    this.#connection?.probe();
  }

  /** Waits until terminals can be used. @throws {Error} when the lab ends or fails before, or the signal aborts. */
  whenReady(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = new AbortController();
      const look = () => {
        const { name } = this.phase;
        if (name === 'ready' || name === 'expiring') resolve();
        else if (name === 'failed' || name === 'ended' || name === 'absent' || name === 'no-engine')
          reject(new Error(name));
        else return;
        done.abort();
      };
      signal.addEventListener('abort', () => reject(new Error('aborted')), { signal: done.signal, once: true });
      this.on('change', look, AbortSignal.any([signal, done.signal]));
      look();
    });
  }

  /** The lesson's state by name. States come and go while a page is open. */
  async #freshStart(): Promise<string | undefined> {
    if (this.wanted !== undefined) this.#learn({ lab: await api.getLab(this.lab) });
    return this.lessonStart.from;
  }

  async #begin(pending: 'start' | 'reset', call: () => Promise<SessionView>): Promise<void> {
    this.#learn({ pending, refusal: undefined });
    try {
      const session = await call();
      const isOther = session.id !== this.#connectedId;
      this.#learn({ pending: undefined, session, server: 'present', ...(isOther ? { wasConnected: false } : {}) });
      if (isOther) this.#connect(session.id);
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      // The state has gone since the page was opened: the lab goes on as it is, and the page learns what there is.
      if (error.code === 'LAB_ERR_NO_STATE' && pending === 'reset') {
        this.#learn({ pending: undefined, lab: await api.getLab(this.lab) });
        throw error;
      }
      const isAbsent = error.code === 'unreachable' || error.code === 'not-a-lab-server';
      this.#learn({
        pending: undefined,
        session: undefined,
        refusal: error.message,
        ...(isAbsent ? { server: 'absent' } : {}),
      });
    }
    this.#follow();
  }

  #connect(id: string): void {
    this.#connection?.close();
    if (this.#connectedId !== undefined && this.#connectedId !== id) this.#clearBlocks();
    this.#connectedId = id;
    this.#connection = new Connection(api.socketUrl(id, location.href), {
      onState: (state) => this.#connectionIs(id, state),
      onEvent: (event) => this.#receive(event),
      onBinary: (data) => this.#events.emit('frame', decodeServerFrame(data)),
      onMismatch: (protocol) => reloadOnce(protocol),
    });
  }

  #connectionIs(id: string, connection: ConnectionState): void {
    if (id !== this.#connectedId) return;
    const isOpen = connection.name === 'open';
    this.#learn({ connection, ...(isOpen ? { wasConnected: true, server: 'present' } : {}) });
    if (isOpen) this.#events.emit('connected', undefined);
    if (connection.name === 'closed' && connection.code !== 1000) void this.#askWhy(id);
  }

  #receive(event: ServerEvent): void {
    switch (event.type) {
      case 'hello':
        if (event.session.id !== this.#connectedId) return;
        this.#known = { ...this.#known, session: event.session };
        this.#takeBlocks(event.blocks);
        return;
      case 'session':
        return this.#learnOf(event.session);
      case 'block':
        this.#blocks.set(event.run.block, event.run);
        return this.#events.emit('block', event.run);
      case 'exit':
        this.#replaceTerminals(
          this.terminals.map((terminal) =>
            terminal.number === event.terminal ? { ...terminal, state: 'exited', exitCode: event.exitCode } : terminal,
          ),
        );
        return this.#events.emit('exit', event);
      case 'error':
        return this.#events.emit('refused', event);
      case 'pong':
        return;
    }
  }

  #takeBlocks(runs: BlockRun[]): void {
    this.#blocks.clear();
    for (const run of runs) {
      this.#blocks.set(run.block, run);
      this.#events.emit('block', run);
    }
  }

  #clearBlocks(): void {
    this.#blocks.clear();
    this.#events.emit('cleared', { step: this.#resetsStep });
  }

  #replaceTerminals(terminals: TerminalView[]): void {
    const { session } = this.#known;
    if (session !== undefined) this.#learn({ session: { ...session, terminals } });
  }

  /** The server refuses the socket for good: because the session has ended, or only for now after all. */
  async #askWhy(id: string): Promise<void> {
    await this.#refresh();
    const { view } = this;
    const isStillThere = view !== undefined && view.id === id && isAlive(view) && this.#isKnownByServer;
    if (isStillThere) setTimeout(() => id === this.#connectedId && this.#connect(id), followEveryMs);
  }

  /** Asks what became of the session: why it ended. A session that is not known any more stays "ended". */
  async #refresh(): Promise<void> {
    const id = this.view?.id;
    if (id === undefined) return;
    try {
      this.#learnOf(await api.getSession(id));
      this.#isKnownByServer = true;
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      if (this.view?.id !== id) return;
      this.#isKnownByServer = false;
      this.#learn({});
    }
  }

  /** Follows what no socket tells: a lab's image being built, a session whose socket is not open, a word that was missed. */
  #follow(): void {
    clearTimeout(this.#followTimer);
    const { name } = this.phase;
    const isMoving = name === 'preparing' || name === 'queued' || name === 'starting';
    if (isMoving) this.#followTimer = setTimeout(() => void this.#followOnce(), followEveryMs);
  }

  async #followOnce(): Promise<void> {
    try {
      const { view } = this;
      if (view === undefined) this.#learn({ lab: await api.getLab(this.lab) });
      else this.#learnOf(await api.getSession(view.id));
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      // The next round, or the connection's own state, says what is wrong.
    }
    this.#follow();
  }

  /** News of the page's own session. What comes late of one that was reset is no news. */
  #learnOf(session: SessionView): void {
    if (session.id === this.view?.id) this.#learn({ session });
  }

  #learn(news: Partial<Known>): void {
    this.#known = { ...this.#known, ...news };
    this.#events.emit('change', undefined);
  }
}

function isAlive(session: SessionView): boolean {
  return session.state !== 'ended' && session.state !== 'failed' && session.state !== 'ending';
}
