// The lab server's HTTP API, one small function per call. Stores nothing.
import type {
  CheckResult,
  ErrorBody,
  LabView,
  PowerAction,
  ReaderToken,
  SessionView,
  TamperKind,
  TerminalView,
} from '../../server/protocol/messages.ts';
import { newReader, readerHeader } from '../../server/protocol/reader-token.ts';
import { onePageAtATime } from './one-page-at-a-time.ts';
import { readerHeaders, useReaderToken } from './reader-token.ts';

/** A refused or failed call. `code` is from the server, or one of our own: `unreachable`, `not-a-lab-server`. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }

  /** Whether no lab server answered: nothing did, or something else that serves pages. */
  get isUnanswered(): boolean {
    return this.code === 'unreachable' || this.code === 'not-a-lab-server';
  }
}

// Routes answer in milliseconds; starting may have to wait for a machine.
const usualLimitMs = 15_000;
const startLimitMs = 90_000;
// Before *Tamper* changes a machine, it shuts down in order, which its services may delay.
const machineLimitMs = 180_000;
// The longest check may take 120 s (lab-schema.ts), and the server adds its own overhead.
const checkLimitMs = 150_000;

export function getLab(lab: string): Promise<LabView> {
  return call('GET', `/api/labs/${encodeURIComponent(lab)}`);
}

/**
 * The reader's sessions. Comes before every other call for sessions. No GET gives a cookie, because any other site may cause
 * one: a reader whom the server does not know asks for it. If the server still does not know the reader then, the browser
 * stores no cookie, and the reader gets a token instead.
 */
export async function getSessions(): Promise<SessionView[]> {
  const first = await ask<SessionView[]>('GET', '/api/sessions');
  if (!first.isNewReader) return first.answer;
  // Two pages that ask at once would be two readers, and the cookie of one would be lost. The second one has the cookie
  // when its turn comes, and keeps it.
  await onePageAtATime('euos-labs:reader', () => call('POST', '/api/reader/cookie', {}));
  const second = await ask<SessionView[]>('GET', '/api/sessions');
  if (second.isNewReader) useReaderToken((await call<ReaderToken>('POST', '/api/reader', {})).token);
  return second.answer;
}

export function getSession(id: string): Promise<SessionView> {
  return call('GET', sessionPath(id));
}

/** @param from named state to start from; absent: the lab's beginning */
export function startSession(lab: string, from?: string): Promise<SessionView> {
  return call('POST', '/api/sessions', { lab, ...(from === undefined ? {} : { from }) }, startLimitMs);
}

export async function endSession(id: string): Promise<void> {
  await call('DELETE', sessionPath(id));
}

export function extendSession(id: string): Promise<SessionView> {
  return call('POST', sessionPath(id, 'extend'), {});
}

/** @param from as for `startSession`; always sent, because without it the server would use the session's own start again */
export function resetSession(id: string, from?: string): Promise<SessionView> {
  return call('POST', sessionPath(id, 'reset'), { from: from ?? null }, startLimitMs);
}

export function openTerminal(id: string, machine: string): Promise<TerminalView> {
  return call('POST', sessionPath(id, 'terminals'), { machine });
}

export async function closeTerminal(id: string, terminal: number): Promise<void> {
  await call('DELETE', sessionPath(id, `terminals/${terminal}`));
}

export function runCheck(id: string, check: string): Promise<CheckResult> {
  return call('POST', sessionPath(id, `checks/${encodeURIComponent(check)}`), {}, checkLimitMs);
}

export async function powerMachine(id: string, machine: string, action: PowerAction): Promise<void> {
  await call('POST', machinePath(id, machine, 'power'), { action }, machineLimitMs);
}

export async function tamperMachine(id: string, machine: string, kind: TamperKind | 'undo'): Promise<void> {
  await call('POST', machinePath(id, machine, 'tamper'), { kind }, machineLimitMs);
}

export async function touchSecurityKey(id: string, machine: string): Promise<void> {
  await call('POST', machinePath(id, machine, 'touch'), {});
}

export async function readWindow(id: string, machine: string): Promise<void> {
  await call('POST', machinePath(id, machine, 'window'), {}, machineLimitMs);
}

/** Address of a machine's graphical console, on the page's own origin. */
export function screenUrl(id: string, machine: string, base: string): string {
  return webSocketUrl(machinePath(id, machine, 'screen'), base);
}

/** Address of the session's WebSocket, on the page's own origin. */
export function socketUrl(id: string, base: string): string {
  return webSocketUrl(sessionPath(id, 'socket'), base);
}

function webSocketUrl(path: string, base: string): string {
  const url = new URL(path, base);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

function machinePath(id: string, machine: string, rest: string): string {
  return sessionPath(id, `machines/${encodeURIComponent(machine)}/${rest}`);
}

function sessionPath(id: string, rest?: string): string {
  return `/api/sessions/${encodeURIComponent(id)}${rest === undefined ? '' : `/${rest}`}`;
}

async function call<Answer>(method: string, path: string, body?: object, limitMs = usualLimitMs): Promise<Answer> {
  return (await ask<Answer>(method, path, body, limitMs)).answer;
}

interface Asked<Answer> {
  answer: Answer;
  /** The server did not know the reader: there is no cookie yet, or the browser stores none. */
  isNewReader: boolean;
}

async function ask<Answer>(
  method: string,
  path: string,
  body?: object,
  limitMs = usualLimitMs,
): Promise<Asked<Answer>> {
  const response = await request(method, path, body, limitMs);
  const isNewReader = response.headers.get(readerHeader) === newReader;
  if (response.status === 204) return { answer: undefined as Answer, isNewReader };
  const isJson = response.headers.get('content-type')?.includes('application/json') ?? false;
  // A plain web server that only serves the pages answers with a page.
  if (!isJson) throw new ApiError('not-a-lab-server', response.status, `${path} is not answered by a lab server`);
  const answer = await readJson<Answer | ErrorBody>(path, response);
  if (!response.ok) {
    const { code, message } = answer as ErrorBody;
    throw new ApiError(code, response.status, message);
  }
  return { answer: answer as Answer, isNewReader };
}

async function request(method: string, path: string, body: object | undefined, limitMs: number): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      signal: AbortSignal.timeout(limitMs),
      headers: { ...readerHeaders(), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw unreachable(path, error);
  }
}

/** The body comes after the headers: between the two the connection may be lost, or the time limit reached. */
async function readJson<Answer>(path: string, response: Response): Promise<Answer> {
  try {
    return (await response.json()) as Answer;
  } catch (error) {
    throw unreachable(path, error);
  }
}

function unreachable(path: string, error: unknown): ApiError {
  return new ApiError('unreachable', 0, `${path}: ${error instanceof Error ? error.message : 'no answer'}`);
}
