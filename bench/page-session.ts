// One session as a page uses it: requests it, waits for it, types into it. Over HTTP and the WebSocket, without a browser.
import { decodeServerFrame, encodeFrame } from '../server/protocol/frames.ts';
import type { ServerEvent, SessionView } from '../server/protocol/messages.ts';
import type { ViewerLink } from '../server/terminals/terminal-service.ts';
import { LabReader } from '../tests/lessons/lab-reader.ts';
import type { TypedAt } from './typed-keys.ts';

/** A hundred starts at once queue behind each other; on two processors the last took minutes. */
const readyWithinMs = 15 * 60_000;
/** For a command's answer on a host that a hundred machines share. */
const answerWithinMs = 60_000;

export class PageSession implements TypedAt {
  /** Milliseconds from the request until the session was ready. */
  readonly ready: Promise<number>;
  #view: SessionView;
  readonly #reader: LabReader;
  readonly #link: ViewerLink;
  readonly #startedAt: number;
  readonly #isOver = Promise.withResolvers<number>();
  #listener: (text: string) => void = () => undefined;
  #isAttached = false;
  #isAtPrompt = false;

  private constructor(reader: LabReader, view: SessionView, link: ViewerLink, startedAt: number) {
    this.#reader = reader;
    this.#view = view;
    this.#link = link;
    this.#startedAt = startedAt;
    this.ready = this.#isOver.promise;
    this.ready.catch(() => undefined);
    link.onText((text) => this.#event(JSON.parse(text) as ServerEvent));
    link.onBinary((data) => this.#frame(data));
    const timer = setTimeout(() => this.#isOver.reject(new Error(`${view.id} is ${this.#view.state}`)), readyWithinMs);
    void this.ready.finally(() => clearTimeout(timer)).catch(() => undefined);
  }

  /** Clicks “Start the lab” on a page that has been open for a while. @throws {Error} when the server refuses */
  static async start(url: string, lab: string): Promise<PageSession> {
    const reader = new LabReader(url);
    await reader.call('GET', `/api/labs/${lab}`);
    const startedAt = performance.now();
    const view = await reader.call<SessionView>('POST', '/api/sessions', { lab });
    return new PageSession(reader, view, await reader.openSocket(view), startedAt);
  }

  get id(): string {
    return this.#view.id;
  }

  /** Waits for the prompt, types a command. @returns milliseconds from the click to the command's answer */
  async answered(): Promise<number> {
    await this.ready;
    this.#attach();
    // A person types when there is a prompt.
    if (!this.#isAtPrompt) await this.#seen(/[$#] (\x1b\S*)?$/);
    this.#isAtPrompt = true;
    // The echo of what was typed does not contain the answer: the shell computes it.
    const answer = this.#seen(/answer-42/);
    this.write('echo answer-$((6*7))\r');
    await answer;
    return performance.now() - this.#startedAt;
  }

  /** Waits for output, which may come as a whole screen. */
  async #seen(pattern: RegExp): Promise<void> {
    const seen = Promise.withResolvers<void>();
    let text = '';
    const timer = setTimeout(
      () => seen.reject(new Error(`${this.id}: found ${JSON.stringify(text.slice(-300))}, expected ${pattern}`)),
      answerWithinMs,
    );
    this.onOutput((more) => {
      text += more;
      if (pattern.test(text)) seen.resolve();
    });
    await seen.promise.finally(() => clearTimeout(timer));
  }

  write(text: string): void {
    this.#link.sendBinary(encodeFrame({ type: 'input', terminal: this.#terminal, bytes: Buffer.from(text) }));
  }

  onOutput(listener: (text: string) => void): void {
    this.#listener = listener;
  }

  async end(): Promise<void> {
    this.#link.close();
    await this.#reader.call('DELETE', `/api/sessions/${this.id}`);
  }

  get #terminal(): number {
    return this.#view.terminals[0]?.number ?? 1;
  }

  #attach(): void {
    if (this.#isAttached) return;
    this.#isAttached = true;
    this.#link.sendText(JSON.stringify({ type: 'attach', terminal: this.#terminal, columns: 80, rows: 24 }));
  }

  #event(event: ServerEvent): void {
    if (event.type !== 'hello' && event.type !== 'session') return;
    this.#view = event.session;
    const { state, detail, reason } = event.session;
    if (state === 'ready') this.#isOver.resolve(performance.now() - this.#startedAt);
    if (state === 'failed' || state === 'ended')
      this.#isOver.reject(new Error(`${this.id} ${state}: ${detail ?? reason ?? ''}`));
  }

  #frame(data: Uint8Array): void {
    const frame = decodeServerFrame(data);
    if (frame.type === 'snapshot') {
      this.#listener(Buffer.from(frame.screen).toString());
      return;
    }
    this.#listener(Buffer.from(frame.bytes).toString());
    const offset = frame.offset + frame.bytes.length;
    this.#link.sendBinary(encodeFrame({ type: 'acknowledge', terminal: this.#terminal, offset }));
  }
}
