// A lab server whose answers and sockets a test controls. Only for unit tests: no network; no page imports it.
import { afterEach, beforeEach, vi } from 'vitest';
import { protocolVersion, type BlockRun, type LabView, type SessionView } from '../../server/protocol/messages.ts';
import { DrivenSocket } from './driven-socket.ts';
import { ApiError } from './lab-api.ts';
import { LabSession } from './lab-session.ts';

export const lab: LabView = { id: 'build', title: 'Build', state: 'ready', states: ['build/ship-it'] };
export const terminal = { number: 1, machine: 'w', title: 'w', kind: 'shell', state: 'running' } as const;
export const run: BlockRun = { block: 'build/ship-it#1', terminal: 1, state: 'running', startedAt: 0 };

export const sessionOf = (id: string, part: Partial<SessionView> = {}): SessionView => ({
  id,
  lab: 'build',
  state: 'ready',
  machines: [],
  terminals: [terminal],
  endsInMs: 3_600_000,
  endsBecause: 'idle',
  canExtend: true,
  unenforced: [],
  ...part,
});

/** Takes the place of the lab server, as far as a page's session calls it. */
export class DrivenServer {
  /** Its answers by `METHOD path`; an ApiError is a refusal, and a missing entry means no answer. */
  answers: Record<string, unknown> = {};
  asked: string[] = [];
  sockets: DrivenSocket[] = [];

  get lastSocket(): DrivenSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('found no socket, expected one');
    return socket;
  }

  greet(session: SessionView, blocks: BlockRun[] = []): void {
    this.lastSocket.receive({ type: 'hello', protocol: protocolVersion, session, blocks });
  }

  /** Makes a session that runs and is connected. */
  async running(wanted?: string): Promise<LabSession> {
    this.answers = { 'GET /api/labs/build': lab, 'GET /api/sessions': [sessionOf('one')] };
    const session = new LabSession('build', wanted);
    await session.find();
    this.greet(sessionOf('one'), [run]);
    return session;
  }

  /** Replaces the network. */
  stub(): void {
    const { sockets } = this;
    vi.stubGlobal('fetch', (path: string, init?: RequestInit) => this.#answer(path, init));
    vi.stubGlobal(
      'WebSocket',
      class extends DrivenSocket {
        constructor(url: string) {
          super(url);
          sockets.push(this);
        }
      },
    );
    vi.stubGlobal('location', { href: 'http://lab.test/build/ship-it/' });
  }

  #answer(path: string, { method = 'GET', body }: RequestInit = {}): Promise<Response> {
    this.asked.push(`${method} ${path}${typeof body === 'string' ? ` ${body}` : ''}`);
    const found = this.answers[`${method} ${path}`];
    if (found === undefined) return Promise.reject(new TypeError('no answer'));
    if (!(found instanceof ApiError)) return Promise.resolve(Response.json(found));
    const { code, message, status } = found;
    return Promise.resolve(Response.json({ code, message }, { status }));
  }
}

/** A new server for each test of a file, with vitest's fake time. @returns a function that gives the current one */
export function serverOfEachTest(): () => DrivenServer {
  let server = new DrivenServer();
  beforeEach(() => {
    vi.useFakeTimers();
    server = new DrivenServer();
    server.stub();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  return () => server;
}

/** Lets all answers arrive and time pass. */
export const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
