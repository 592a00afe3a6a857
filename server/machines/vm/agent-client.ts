// A client of the guest agent (qemu-guest-agent) over a Unix socket: one request at a time, back in step after a reboot.
import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import { anything, refusalSchema, startedSchema, statusSchema } from './agent-answers.ts';
import { JsonLines, type JsonObject } from './json-lines.ts';
import { connectSandboxSocket } from './sandbox-socket.ts';

/** The agent refused, did not answer in time (it is not running, or the machine is off), or QEMU is gone. */
export class AgentError extends Error {
  override name = 'AgentError';
  /** True when the agent answered with a refusal. */
  readonly refused: boolean;

  constructor(message: string, refused = false) {
    super(message);
    this.refused = refused;
  }
}

export interface AgentExec {
  path: string;
  args: string[];
  /** The program's input; absent: none. */
  input?: string;
  timeoutMs: number;
  /**
   * How long it usually takes: only then is the guest first asked whether it has ended. Each question costs a guest under
   * emulation 10 ms.
   */
  expectMs?: number;
}

export interface AgentExecResult {
  /** Absent when the time limit was reached; the agent keeps waiting for the program in the guest. */
  exitCode?: number;
  /** Number of the signal that ended it, if one did. */
  signal?: number;
  stdout: string;
  stderr: string;
}

/**
 * Callers limit a program's output in the guest: the two streams of a check have at most 64 KiB each, 175 kB as base64 in one
 * line; the window and all others have less.
 */
const maxLineBytes = 1024 * 1024;
/**
 * The most that may come for one question: its answer, and late ones before it. A guest that boots finds every question that
 * was asked meanwhile: one every few seconds for some minutes, each answered in some 100 bytes. A connection that sends more
 * is dropped.
 */
const mostBytesPerAnswer = 2 * maxLineBytes;
/** The same in lines: each line costs more here than its few bytes. */
const mostArrived = 1_024;
/** A byte that never occurs in JSON: at it the agent's parser, like ours, forgets what was sent before. */
const delimiter = 0xff;
/**
 * A guest under emulation answers in 5 to 20 ms; starting a program takes a fork of the agent, which has taken more than five
 * seconds on a host with six jobs per processor.
 */
const answerTimeoutMs = 60_000;
/** The time limit of one try of several: an agent that is not running yet never answers what was sent before it started. */
const pingTimeoutMs = 5_000;
/** The time until the first question about a program without `expectMs`: most checks take 20 to 300 ms. */
const usualMs = 30;
/** The interval after `expectMs`: the program has probably ended, or is about to. */
const firstPauseMs = 20;
const longestPauseMs = 250;
const pauseGrowth = 1.6;
/** Pause between two tries to reach an agent that did not answer. */
const tryEveryMs = 100;

export class AgentClient {
  readonly #path: string;
  #socket: Socket | undefined;
  #lines: JsonLines | undefined;
  #waiting: { resolve(object: JsonObject): void; reject(failure: Error): void } | undefined;
  /** Answers that came together with the expected one: late ones, before ours. */
  #arrived: JsonObject[] = [];
  /** Bytes that have come since the last question. */
  #received = 0;
  /** False until the agent has echoed our number: the next request asks for that first. */
  #isInStep = false;
  #queue: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  /** Why there is no connection. */
  #lost: AgentError | undefined;

  /** Connects when it is first asked something. @param path the socket on this host */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Sends one request, after those of other callers, and waits for its answer.
   * @param answer what the answer must be; whoever answers something else is not the agent, and the connection is dropped
   * @throws {AgentError}
   */
  request<Answer>(
    command: string,
    answer: z.ZodType<Answer>,
    args?: JsonObject,
    timeoutMs = answerTimeoutMs,
  ): Promise<Answer> {
    return this.#inTurn(async () => {
      if (!this.#isInStep) await this.#synchronise(timeoutMs);
      const found = await this.#ask({ execute: command, ...(args && { arguments: args }) }, timeoutMs);
      const parsed = answer.safeParse(found);
      if (parsed.success) return parsed.data;
      throw this.#distrust(
        `to ${command}: ${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`,
      );
    });
  }

  /** Whether the agent answers now. Never throws. */
  async isThere(timeoutMs: number): Promise<boolean> {
    try {
      await this.request('guest-ping', anything, undefined, timeoutMs);
      return true;
    } catch {
      return false;
    }
  }

  /** Waits until the agent answers. @throws {AgentError} when it does not in time; the signal's reason */
  async untilThere(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const until = performance.now() + timeoutMs;
    while (!(await this.isThere(Math.min(pingTimeoutMs, Math.max(100, until - performance.now()))))) {
      signal?.throwIfAborted();
      if (performance.now() >= until) throw new AgentError(`the guest agent did not answer within ${timeoutMs} ms`);
      await delay(tryEveryMs);
    }
  }

  /** Sets the guest's clock. */
  async setTime(now: number): Promise<void> {
    await this.request('guest-set-time', anything, { time: now * 1_000_000 });
  }

  /** Runs a program in the guest and waits for its end. @throws {AgentError} when it cannot be started or asked for */
  async exec({ path, args, input, timeoutMs, expectMs }: AgentExec): Promise<AgentExecResult> {
    const until = performance.now() + timeoutMs;
    const { pid } = await this.request('guest-exec', startedSchema, {
      path,
      arg: args,
      'capture-output': true,
      ...(input === undefined ? {} : { 'input-data': Buffer.from(input).toString('base64') }),
    });
    let pause = expectMs === undefined ? usualMs * pauseGrowth : firstPauseMs;
    await delay(Math.min(expectMs ?? usualMs, timeoutMs));
    for (;;) {
      const status = await this.request('guest-exec-status', statusSchema, { pid });
      if (status.exited) return resultOf(status);
      if (performance.now() >= until) return { stdout: '', stderr: '' };
      await delay(pause);
      pause = Math.min(longestPauseMs, pause * pauseGrowth);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#drop(new AgentError('the connection to the guest agent was closed'));
  }

  /**
   * Connects before the first request: while nobody is connected, the agent in the guest looks ten times a second, and before
   * a clone resumes, the server's end has to be as it was when the machine was saved. @throws {AgentError}
   */
  connect(): Promise<void> {
    return this.#inTurn(() => this.#connect());
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** After this the next answer belongs to our next request, whatever the guest was doing before. */
  async #synchronise(timeoutMs: number): Promise<void> {
    if (this.#isClosed) throw new AgentError('the connection to the guest agent was closed');
    await this.#connect();
    const id = randomInt(1, 2 ** 31);
    this.#lines?.forget();
    this.#socket?.write(Buffer.from([delimiter]));
    const answer = await this.#ask(
      { execute: 'guest-sync-delimited', arguments: { id } },
      timeoutMs,
      (value) => value === id,
    );
    this.#isInStep = answer === id;
  }

  async #connect(): Promise<void> {
    if (this.#socket !== undefined) return;
    let socket: Socket;
    try {
      socket = await connectSandboxSocket(this.#path);
    } catch (failure) {
      throw new AgentError(`the guest agent's socket is not there: ${(failure as Error).message}`);
    }
    this.#socket = socket;
    this.#lines = new JsonLines(maxLineBytes, (object) => this.#arrive(object));
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.#socket === socket) this.#drop(new AgentError('QEMU has closed the guest agent’s connection'));
    });
  }

  #receive(chunk: Buffer): void {
    try {
      this.#received += chunk.length;
      if (this.#received > mostBytesPerAnswer) throw tooMuch(`${mostBytesPerAnswer} bytes`);
      const at = chunk.lastIndexOf(delimiter);
      if (at >= 0) this.#lines?.forget();
      this.#lines?.feed(chunk.subarray(at + 1));
    } catch (failure) {
      this.#drop(new AgentError(failure instanceof Error ? failure.message : String(failure)));
    }
  }

  #arrive(object: JsonObject): void {
    if (this.#waiting !== undefined) this.#waiting.resolve(object);
    else if (this.#arrived.length >= mostArrived) throw tooMuch(`${mostArrived} lines`);
    else this.#arrived.push(object);
  }

  /** @param isAnswer any others are left over from before and are skipped */
  async #ask(
    message: JsonObject,
    timeoutMs: number,
    isAnswer: (value: unknown) => boolean = () => true,
  ): Promise<unknown> {
    const until = performance.now() + timeoutMs;
    // A leftover answer to another question does not answer this one.
    this.#arrived = [];
    this.#received = 0;
    this.#socket?.write(`${JSON.stringify(message)}\n`);
    for (;;) {
      const object = await this.#next(until, String(message['execute']));
      const isRefusal = 'error' in object;
      if (isRefusal && this.#isInStep) throw this.#refusalOf(object);
      if (!isRefusal && isAnswer(object['return'])) return object['return'];
    }
  }

  #refusalOf(object: JsonObject): AgentError {
    const refusal = refusalSchema.safeParse(object);
    if (refusal.success) return new AgentError(refusal.data.error.desc, true);
    return this.#distrust('with a refusal that has no text');
  }

  /** Drops the connection. @returns the error for whoever asked */
  #distrust(how: string): AgentError {
    const failure = new AgentError(`the guest agent did not answer as an agent does ${how}`);
    this.#drop(failure);
    return failure;
  }

  #next(until: number, command: string): Promise<JsonObject> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) return Promise.resolve(arrived);
    return new Promise<JsonObject>((resolve, reject) => {
      const timer = setTimeout(
        () => {
          // Its answer may still come: the next request must not take it for its own.
          this.#isInStep = false;
          end();
          reject(new AgentError(`the guest agent did not answer ${command} in time`));
        },
        Math.max(1, until - performance.now()),
      );
      const end = () => {
        clearTimeout(timer);
        this.#waiting = undefined;
      };
      this.#waiting = {
        resolve: (object) => {
          end();
          resolve(object);
        },
        reject: (failure) => {
          end();
          reject(failure);
        },
      };
      if (this.#socket === undefined)
        this.#waiting.reject(this.#lost ?? new AgentError('the guest agent’s connection is gone'));
    });
  }

  #drop(failure: AgentError): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#lost = failure;
    this.#isInStep = false;
    this.#arrived = [];
    this.#lines = undefined;
    socket?.destroy();
    this.#waiting?.reject(failure);
  }
}

function tooMuch(found: string): Error {
  return new Error(
    `the virtual machine answered one question with more than ${found}; its agent is not trusted any more`,
  );
}

function resultOf(status: z.infer<typeof statusSchema>): AgentExecResult {
  const text = (data: string | undefined) => Buffer.from(data ?? '', 'base64').toString('utf8');
  return {
    ...(status.exitcode === undefined ? {} : { exitCode: status.exitcode }),
    ...(status.signal === undefined ? {} : { signal: status.signal }),
    stdout: text(status['out-data']),
    stderr: text(status['err-data']),
  };
}
