// The page's session against a server and sockets that the test drives: what is asked, told and forgotten.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { closeCode } from '../../server/protocol/close-codes.ts';
import { protocolVersion, type BlockRun, type LabView, type SessionView } from '../../server/protocol/messages.ts';
import { DrivenSocket } from './driven-socket.ts';
import { ApiError } from './lab-api.ts';
import { LabSession } from './lab-session.ts';

const life = new AbortController();
const lab: LabView = { id: 'build', title: 'Build', state: 'ready', states: ['build/ship-it'] };
const terminal = { number: 1, machine: 'w', title: 'w', kind: 'shell', state: 'running' } as const;
const sessionOf = (id: string, part: Partial<SessionView> = {}): SessionView => ({
  id,
  lab: 'build',
  state: 'ready',
  machines: [],
  terminals: [terminal],
  endsAt: Date.now() + 3_600_000,
  endsBecause: 'idle',
  canExtend: true,
  unenforced: [],
  ...part,
});
const run: BlockRun = { block: 'build/ship-it#1', terminal: 1, state: 'running', startedAt: 0 };

/** What the server answers, by `METHOD path`; an ApiError is a refusal. */
let answers: Record<string, unknown>;
let asked: string[];
let sockets: DrivenSocket[];

function answer(path: string, { method = 'GET', body }: RequestInit = {}): Promise<Response> {
  asked.push(`${method} ${path}${typeof body === 'string' ? ` ${body}` : ''}`);
  const found = answers[`${method} ${path}`];
  if (found === undefined) return Promise.reject(new TypeError('no answer'));
  const refusal = found instanceof ApiError ? { code: found.code, message: found.message } : undefined;
  return Promise.resolve(Response.json(refusal ?? found, { status: found instanceof ApiError ? found.status : 200 }));
}

/** Lets all answers arrive, and time pass. */
const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

const lastSocket = () => {
  const socket = sockets.at(-1);
  if (socket === undefined) throw new Error('found no socket, expected one');
  return socket;
};

const greet = (session: SessionView, blocks: BlockRun[] = []) =>
  lastSocket().receive({ type: 'hello', protocol: protocolVersion, session, blocks });

/** A session that runs and is connected. */
async function running(wanted?: string): Promise<LabSession> {
  answers = { 'GET /api/labs/build': lab, 'GET /api/sessions': [sessionOf('one')] };
  const session = new LabSession('build', wanted);
  await session.find();
  greet(sessionOf('one'), [run]);
  return session;
}

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  answers = {};
  asked = [];
  vi.stubGlobal('fetch', answer);
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
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('without a server the lab is absent, and retry looks again', async () => {
  const session = new LabSession('build');
  await session.find();
  expect(session.phase.name).toBe('absent');
  answers = { 'GET /api/labs/build': lab, 'GET /api/sessions': [] };
  session.retry();
  await pass();
  expect(session.phase.name).toBe('not-started');
});

test('a lab that is being built is asked for until it is ready', async () => {
  answers = { 'GET /api/labs/build': { ...lab, state: 'preparing' }, 'GET /api/sessions': [] };
  const session = new LabSession('build');
  await session.find();
  expect(session.phase.name).toBe('preparing');
  answers['GET /api/labs/build'] = lab;
  await pass(2_000);
  expect(session.phase.name).toBe('not-started');
  const before = asked.length;
  await pass(60_000);
  expect(asked).toHaveLength(before);
});

test('takes the session that runs: ready after hello, with its blocks', async () => {
  answers = {
    'GET /api/labs/build': lab,
    'GET /api/sessions': [sessionOf('old', { state: 'ended' }), sessionOf('one')],
  };
  const session = new LabSession('build');
  const told: string[] = [];
  session.on('connected', () => told.push('connected'), life.signal);
  session.on('block', ({ block }) => told.push(block), life.signal);
  await session.find();
  expect(session.phase.name).toBe('starting');
  expect(lastSocket().url).toBe('ws://lab.test/api/sessions/one/socket');
  expect(session.send({ type: 'interrupt', terminal: 1 })).toBe(false);
  greet(sessionOf('one'), [run]);
  expect(session.phase.name).toBe('ready');
  expect(told).toEqual([run.block, 'connected']);
  expect(session.block(run.block)).toEqual(run);
  expect(session.send({ type: 'interrupt', terminal: 1 })).toBe(true);
});

test('starts where the lesson begins, with the states of now', async () => {
  answers = { 'GET /api/labs/build': { ...lab, states: [] }, 'GET /api/sessions': [] };
  const session = new LabSession('build', 'build/ship-it');
  await session.find();
  expect(session.lessonStart.isMissing).toBe(true);
  answers = { 'GET /api/labs/build': lab, 'POST /api/sessions': sessionOf('one', { state: 'starting' }) };
  await session.start();
  expect(asked.at(-1)).toBe('POST /api/sessions {"lab":"build","from":"build/ship-it"}');
  answers['GET /api/sessions/one'] = sessionOf('one');
  greet(sessionOf('one', { state: 'starting' }));
  expect(session.phase.name).toBe('starting');
  await pass(2_000);
  expect(session.phase.name).toBe('ready');
});

test('a start that is refused is a phase, and no exception', async () => {
  answers = { 'GET /api/labs/build': lab, 'GET /api/sessions': [] };
  const session = new LabSession('build');
  await session.find();
  answers['POST /api/sessions'] = new ApiError('LAB_ERR_TOO_MANY', 429, 'too many');
  await session.start();
  expect(session.phase).toEqual({ name: 'failed', detail: 'too many' });
});

test('a step’s reset tells the step, forgets the blocks, and hears no late news of before', async () => {
  const session = await running();
  const cleared: unknown[] = [];
  session.on('cleared', (detail) => cleared.push(detail), life.signal);
  const before = lastSocket();
  answers['POST /api/sessions/one/reset'] = sessionOf('two');
  await session.resetStep('2', 'build/ship-it#2');
  expect(asked.at(-1)).toBe('POST /api/sessions/one/reset {"from":"build/ship-it#2"}');
  expect(cleared).toEqual([{ step: '2' }]);
  expect(session.blocks()).toEqual([]);
  greet(sessionOf('two'));
  before.receive({ type: 'session', session: sessionOf('one', { state: 'ended' }) });
  lastSocket().receive({ type: 'session', session: sessionOf('one', { state: 'ended' }) });
  expect([session.view?.id, session.phase.name]).toEqual(['two', 'ready']);
  answers['POST /api/sessions/two/reset'] = sessionOf('three');
  await session.reset();
  expect(cleared.at(-1)).toEqual({ step: undefined });
});

test('a state that has gone: the reset throws, the lab goes on, the page learns what there is', async () => {
  const session = await running();
  answers['GET /api/labs/build'] = { ...lab, states: [] };
  answers['POST /api/sessions/one/reset'] = new ApiError('LAB_ERR_NO_STATE', 404, 'gone');
  await expect(session.resetStep('2', 'build/ship-it')).rejects.toThrow('gone');
  expect([session.phase.name, session.labView?.states]).toEqual(['ready', []]);
  expect(session.blocks()).toEqual([run]);
});

test('terminals open, end and close', async () => {
  const session = await running();
  const shown: number[] = [];
  session.on('show', (number) => shown.push(number), life.signal);
  answers['POST /api/sessions/one/terminals'] = { ...terminal, number: 2 };
  expect(await session.openTerminal('w')).toBe(2);
  expect([shown, session.terminals.map(({ number }) => number)]).toEqual([[2], [1, 2]]);
  lastSocket().receive({ type: 'exit', terminal: 2, exitCode: 3 });
  expect(session.terminals[1]).toMatchObject({ state: 'exited', exitCode: 3 });
  answers['DELETE /api/sessions/one/terminals/2'] = {};
  await session.closeTerminal(2);
  expect(session.terminals.map(({ number }) => number)).toEqual([1]);
});

test('a socket that is refused for good: the server says why, and it is tried again while the session lives', async () => {
  const session = await running();
  answers['GET /api/sessions/one'] = sessionOf('one');
  lastSocket().lose(closeCode.forbidden);
  await pass(1_999);
  expect(sockets).toHaveLength(1);
  await pass(1);
  expect(sockets).toHaveLength(2);
  greet(sessionOf('one'));
  expect(session.phase.name).toBe('ready');
  answers['GET /api/sessions/one'] = sessionOf('one', { state: 'ended', reason: 'idle' });
  lastSocket().lose(closeCode.ended);
  await pass(10_000);
  expect(session.phase).toEqual({ name: 'ended', reason: 'idle' });
  expect(sockets).toHaveLength(2);
});

test('a session that the server does not know any more stays ended', async () => {
  const session = await running();
  answers['GET /api/sessions/one'] = new ApiError('LAB_ERR_NO_SESSION', 404, 'unknown');
  lastSocket().lose(closeCode.noSession);
  await pass(10_000);
  expect(session.phase).toEqual({ name: 'ended', reason: 'unknown' });
  expect(sockets).toHaveLength(1);
});

test('a check before the start is refused without asking', () => {
  expect(() => new LabSession('build').check('one')).toThrow(ApiError);
  expect(asked).toEqual([]);
});

test('waits until it is ready, or says why it will not be', async () => {
  answers = { 'GET /api/labs/build': lab, 'GET /api/sessions': [sessionOf('one')] };
  const session = new LabSession('build');
  const ready = session.whenReady(life.signal);
  await session.find();
  greet(sessionOf('one'));
  await expect(ready).resolves.toBeUndefined();
  lastSocket().receive({ type: 'session', session: sessionOf('one', { state: 'ended' }) });
  await expect(session.whenReady(life.signal)).rejects.toThrow('ended');
  const aborted = new AbortController();
  const waits = new LabSession('build').whenReady(aborted.signal);
  aborted.abort();
  await expect(waits).rejects.toThrow('aborted');
});
