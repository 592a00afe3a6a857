// What a page does with one terminal, without a page: attaches, parses, acknowledges, resumes. For tests.
import * as headless from '@xterm/headless';
import type { Terminal as HeadlessTerminal } from '@xterm/headless';
import { decodeServerFrame, encodeFrame, type ServerFrame } from '../../server/protocol/frames.ts';
import { acknowledgeEveryBytes, scrollbackLines } from '../../server/protocol/limits.ts';
import type { BlockRun, Request, ServerEvent } from '../../server/protocol/messages.ts';
import type { TerminalService, ViewerLink } from '../../server/terminals/terminal-service.ts';

const { Terminal } = (headless as unknown as { default: typeof headless }).default;

/** The expected event did not come; anything else that a wait may throw is a separate fault. */
export class NotInTime extends Error {
  override name = 'NotInTime';
}

/** For waits that may end in vain. @throws {unknown} everything else */
export function unlessLate(failure: unknown): void {
  if (!(failure instanceof NotInTime)) throw failure;
}

/** Polls until `isTrue` holds. @throws {NotInTime} with what `describe` says when it does not hold within the time limit */
export async function pollUntil(isTrue: () => boolean, describe: () => string, withinMs = 15_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new NotInTime(`not within ${withinMs} ms: ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export class PageTerminal {
  readonly number: number;
  columns: number;
  rows: number;
  screen: HeadlessTerminal;
  /** Bytes that were shown: the offset to resume from. Undefined before the first frame. */
  offset: number | undefined;
  events: ServerEvent[] = [];
  blocks = new Map<string, BlockRun>();
  snapshots = 0;
  outputFrames = 0;
  /** Raw bytes of output frames in order, kept when `keepBytes`. */
  kept: Buffer[] = [];
  keepBytes = false;
  acknowledges = true;
  /** Called with live output as it arrives, before it is parsed. */
  onOutput: (text: string) => void = () => undefined;
  /** Called with each frame of this terminal, including whole screens. */
  onFrame: (frame: ServerFrame) => void = () => undefined;
  closed: { code: number; reason: string } | undefined;
  #link: ViewerLink | undefined;
  #acknowledged = 0;

  constructor(number: number, columns = 80, rows = 24) {
    this.number = number;
    this.columns = columns;
    this.rows = rows;
    this.screen = this.#emptyScreen();
  }

  /** Connects and attaches, resuming from what was shown. */
  async connect(service: TerminalService, session: string): Promise<void> {
    this.use(await service.connectViewer(session));
    this.attach();
  }

  use(link: ViewerLink): void {
    this.#link = link;
    this.closed = undefined;
    link.onText((text) => this.#event(JSON.parse(text) as ServerEvent));
    link.onBinary((data) => this.#frame(data));
    link.onClose((code, reason) => (this.closed = { code, reason }));
  }

  attach(): void {
    const offset = this.offset === undefined ? {} : { offset: this.offset };
    this.request({ type: 'attach', terminal: this.number, columns: this.columns, rows: this.rows, ...offset });
  }

  request(request: Request): void {
    this.#link?.sendText(JSON.stringify(request));
  }

  type(text: string): void {
    this.#link?.sendBinary(encodeFrame({ type: 'input', terminal: this.number, bytes: Buffer.from(text) }));
  }

  sendRaw(data: Uint8Array | string): void {
    if (typeof data === 'string') this.#link?.sendText(data);
    else this.#link?.sendBinary(data);
  }

  /** Leaves; frames that are still in transit are not shown. */
  disconnect(): void {
    const link = this.#link;
    this.#link = undefined;
    link?.onBinary(() => undefined);
    link?.close();
  }

  /** The lines of scrollback and screen, trailing spaces and empty lines at the end removed. */
  text(): string {
    const buffer = this.screen.buffer.active;
    const lines: string[] = [];
    for (let at = 0; at < buffer.length; at++) lines.push(buffer.getLine(at)?.translateToString(true) ?? '');
    return lines.join('\n').trimEnd();
  }

  /** Resolves when everything received so far is on the screen: xterm parses later than it is given bytes. */
  async parsed(): Promise<void> {
    await new Promise<void>((resolve) => this.screen.write('', resolve));
  }

  async waitForText(pattern: RegExp, withinMs?: number): Promise<void> {
    await pollUntil(
      () => pattern.test(this.text()),
      () => `${pattern} on the screen:\n${this.text().slice(-2_000)}`,
      withinMs,
    );
  }

  async waitForOffset(offset: number, withinMs?: number): Promise<void> {
    await pollUntil(
      () => (this.offset ?? 0) >= offset,
      () => `offset ${offset}, found ${this.offset}`,
      withinMs,
    );
  }

  /** Runs a block and waits until it is done. */
  async runBlock(
    block: string,
    command: string,
    withinMs?: number,
    how: { keys?: boolean; until?: string } = {},
  ): Promise<BlockRun> {
    this.blocks.delete(block);
    this.events = this.events.filter((event) => event.type !== 'error' || event.block !== block);
    this.request({ type: 'run', terminal: this.number, block, command, ...how });
    await pollUntil(
      () => this.blocks.get(block)?.state === 'done' || this.error(block) !== undefined,
      () =>
        `block ${block} done, found ${JSON.stringify(this.blocks.get(block))}; screen:\n${this.text().slice(-1_500)}`,
      withinMs,
    );
    const run = this.blocks.get(block);
    if (run === undefined) throw new Error(`block ${block} was refused: ${JSON.stringify(this.error(block))}`);
    return run;
  }

  error(block: string): ServerEvent | undefined {
    return this.events.find((event) => event.type === 'error' && event.block === block);
  }

  #event(event: ServerEvent): void {
    this.events.push(event);
    if (event.type === 'block') this.blocks.set(event.run.block, event.run);
  }

  #frame(data: Uint8Array): void {
    const frame = decodeServerFrame(data);
    if (frame.terminal !== this.number) return;
    this.onFrame(frame);
    if (frame.type === 'snapshot') {
      this.snapshots++;
      this.screen = this.#emptyScreen(frame.columns, frame.rows);
      this.screen.write(frame.screen);
      this.offset = frame.offset;
      this.#acknowledged = frame.offset;
      return;
    }
    if (this.offset !== undefined && frame.offset !== this.offset) {
      throw new Error(`found output from ${frame.offset}, expected it from ${this.offset}`);
    }
    this.outputFrames++;
    this.onOutput(Buffer.from(frame.bytes).toString());
    if (this.keepBytes) this.kept.push(Buffer.from(frame.bytes));
    const end = frame.offset + frame.bytes.length;
    this.offset = end;
    this.screen.write(frame.bytes, () => this.#shown(end));
  }

  #shown(offset: number): void {
    if (!this.acknowledges || offset - this.#acknowledged < acknowledgeEveryBytes) return;
    this.#acknowledged = offset;
    this.#link?.sendBinary(encodeFrame({ type: 'acknowledge', terminal: this.number, offset }));
  }

  #emptyScreen(columns = this.columns, rows = this.rows): HeadlessTerminal {
    // A machine that is reset in the middle of a sequence is no fault: xterm would print each one.
    const options = { scrollback: scrollbackLines, allowProposedApi: true, logLevel: 'off' } as const;
    return new Terminal({ cols: columns, rows, ...options });
  }
}
