// One terminal: a program on a pty, its screen and its viewers. Independent of how viewers are reached.
import { LabError } from '../../errors.ts';
import type { BlockRun } from '../../protocol/messages.ts';
import { resumeBufferBytes } from '../../protocol/limits.ts';
import type { RunHow } from './block-run.ts';
import { BlockRuns } from './block-runs.ts';
import { CommandMarks } from './command-marks.ts';
import { FlowControl } from './flow-control.ts';
import { OutputBatcher } from './output-batcher.ts';
import { PtyInput } from './pty-input.ts';
import type { PtyProcess } from './pty-process.ts';
import { isQueryAnswer } from './query-answers.ts';
import { ResumeRing } from './resume-ring.ts';
import { TerminalScreen } from './terminal-screen.ts';
import { UnseenPace } from './unseen-pace.ts';
import { Viewers, type Size, type Viewer } from './viewers.ts';

export interface TerminalOptions extends Size {
  number: number;
  /** `serial`: the machine behind it may go away and come back, and takes minutes to show its first prompt. */
  kind: 'shell' | 'serial';
  start(size: Size): PtyProcess;
  onBlock(run: BlockRun): void;
  onExit(exitCode: number): void;
}

/** How a viewer attaches. */
export interface AttachHow {
  /** The viewer has everything before this offset. */
  offset?: number | undefined;
  /** False: the viewer does not take the size from the one that is in use. */
  inUse?: boolean | undefined;
}

// The largest output frame: what a replay of the whole ring is cut into.
const maxFrameBytes = 64 * 1024;
const ctrlC = Uint8Array.of(0x03);
// A container's shell waits up to 10 s for its machine; a virtual machine without KVM boots in minutes when the host is busy.
const firstPromptWithinMs = { shell: 20_000, serial: 600_000 };

export class Terminal {
  readonly number: number;
  readonly #pty: PtyProcess;
  readonly #input: PtyInput;
  readonly #screen: TerminalScreen;
  readonly #ring = new ResumeRing(resumeBufferBytes);
  readonly #batcher: OutputBatcher;
  readonly #flow: FlowControl;
  readonly #marks: CommandMarks;
  readonly #blocks: BlockRuns;
  readonly #viewers: Viewers;
  readonly #holds = new Set<'viewers' | 'screen' | 'unseen'>();
  readonly #pace = new UnseenPace((isHeld) => this.#hold('unseen', isHeld));
  readonly #onExit: (exitCode: number) => void;
  #size: Size;
  #resizedAt = 0;
  #exitCode: number | undefined;
  #isClosed = false;

  constructor(options: TerminalOptions) {
    const { number, columns, rows } = options;
    this.number = number;
    this.#viewers = new Viewers(number);
    this.#size = { columns, rows };
    this.#onExit = (code) => options.onExit(code);
    this.#pty = options.start(this.#size);
    this.#input = new PtyInput(this.#pty);
    this.#screen = new TerminalScreen({
      columns,
      rows,
      onAnswer: (answer) => this.#answer(answer),
      onBacklog: (isBehind) => this.#hold('screen', isBehind),
    });
    this.#batcher = new OutputBatcher((bytes) => this.#output(bytes));
    this.#flow = new FlowControl({
      onPause: () => this.#hold('viewers', true),
      onResume: () => this.#hold('viewers', false),
      onStalled: (viewer) => this.#stalled(viewer as Viewer),
    });
    this.#blocks = new BlockRuns({
      terminal: number,
      firstPromptWithinMs: firstPromptWithinMs[options.kind],
      outlivesPrompt: options.kind === 'serial',
      type: (bytes) => this.#type(bytes),
      onChange: (run) => options.onBlock(run),
    });
    this.#marks = new CommandMarks(
      (mark) => this.#blocks.onMark(mark),
      (text) => this.#blocks.onText(text),
    );
    this.#pty.onData((bytes) => this.#batcher.push(bytes));
    this.#pty.onExit((code) => this.#exited(code));
    this.#pty.onLost?.(() => this.leavePrompt());
  }

  get state(): Size & { offset: number; state: 'running' | 'exited'; exitCode?: number } {
    const exit = this.#exitCode === undefined ? {} : { exitCode: this.#exitCode };
    return {
      ...this.#size,
      offset: this.#ring.end,
      state: this.#exitCode === undefined ? 'running' : 'exited',
      ...exit,
    };
  }

  /** Shows the terminal to a viewer, from `offset` on if that is possible, otherwise with a fresh screen. */
  attach(viewer: Viewer, size: Size, { offset, inUse = true }: AttachHow = {}): void {
    // A page that attaches again gets gathered output only once: by its offset, not as live output before that.
    this.#viewers.remove(viewer);
    this.#batcher.flush();
    const isSameSize = size.columns === this.#size.columns && size.rows === this.#size.rows;
    const isOwner = inUse || this.#viewers.count === 0;
    this.#viewers.add(viewer, size, isOwner);
    this.#pace.seen(true);
    this.#flow.remove(viewer);
    if (isOwner) this.#own(viewer);
    this.#viewers.tellSize(this.#size);
    // Output from before the last change of size was laid out for other columns: then only a screen is right.
    const missing =
      offset !== undefined && isOwner && isSameSize && offset >= this.#resizedAt ? this.#ring.from(offset) : undefined;
    if (missing === undefined || offset === undefined) this.#promiseScreen(viewer);
    else this.#goLive(viewer, offset, missing);
  }

  detach(viewer: Viewer): void {
    if (!this.#viewers.remove(viewer)) return;
    this.#flow.remove(viewer);
    this.#pace.seen(this.#viewers.count > 0);
    const next = this.#viewers.owner;
    if (next !== undefined) this.#own(next);
  }

  /** @throws {LabError} LAB_ERR_BUSY when the program has not read what came before. */
  input(viewer: Viewer, bytes: Uint8Array): void {
    const attachment = this.#viewers.get(viewer);
    // Keys are never typed while the reader does not see the screen.
    if (attachment === undefined || this.#exitCode !== undefined) return;
    const isOwner = this.#viewers.owner === viewer;
    if (!isOwner && isQueryAnswer(bytes)) return;
    if (!isOwner) this.#own(viewer);
    if (!isQueryAnswer(bytes)) this.#blocks.onInput(bytes);
    if (bytes.length === 1 && bytes[0] === ctrlC[0]) this.#blocks.onInterrupt();
    if (!this.#type(bytes))
      throw new LabError('LAB_ERR_BUSY', 'The program does not read its input; your last input was not accepted.');
  }

  /** @throws {RangeError} for an offset that was never sent. */
  acknowledge(viewer: Viewer, offset: number): void {
    if (offset > this.#ring.end)
      throw new RangeError(`found an acknowledgement of ${offset}, expected at most ${this.#ring.end}`);
    this.#flow.acknowledge(viewer, offset);
  }

  /** The reader uses the terminal in this viewer: its size counts. */
  use(viewer: Viewer): void {
    this.#own(viewer);
  }

  resize(viewer: Viewer, size: Size): void {
    const attachment = this.#viewers.get(viewer);
    if (attachment === undefined) return;
    attachment.size = size;
    this.#own(viewer);
  }

  /** @throws {LabError} LAB_ERR_BUSY, LAB_ERR_NO_QUESTION, see BlockRuns. */
  run(block: string, command: string, how: RunHow = {}): void {
    if (this.#exitCode !== undefined)
      throw new LabError('LAB_ERR_BUSY', 'The shell of this terminal has ended; open another one.');
    // The block does not wait for output from before it.
    this.#batcher.flush();
    this.#blocks.run(block, command, how);
  }

  /** Types Ctrl+C, ahead of everything that waits to be typed. */
  interrupt(): void {
    this.#input.clear();
    this.#type(ctrlC);
    this.#blocks.onInterrupt();
  }

  /** The machine behind the terminal went away: run blocks wait for its next prompt, unless it is switched off. */
  leavePrompt(isOff = false): void {
    this.#batcher.flush();
    this.#blocks.onLost(isOff);
  }

  /** Ends the program. Viewers are not told. */
  close(): void {
    this.#isClosed = true;
    for (const [viewer] of this.#viewers.all()) this.#flow.remove(viewer);
    this.#viewers.clear();
    this.#input.clear();
    this.#pace.close();
    this.#pty.end();
    this.#blocks.onExit();
    this.#screen.dispose();
  }

  #type(bytes: Uint8Array): boolean {
    this.#batcher.expectEcho();
    return this.#input.push(bytes);
  }

  #output(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    const offset = this.#ring.end;
    this.#ring.push(bytes);
    this.#pace.output(bytes.length);
    this.#screen.write(bytes);
    for (const [viewer, attachment] of this.#viewers.all()) {
      if (!attachment.isLive) continue;
      viewer.send({ type: 'output', terminal: this.number, offset, bytes });
      this.#flow.sent(viewer, this.#ring.end);
    }
    // Last: what follows from marks (a block is done) is reported after the output that they came with.
    this.#marks.feed(bytes);
  }

  #promiseScreen(viewer: Viewer): void {
    const attachment = this.#viewers.get(viewer);
    if (attachment === undefined) return;
    const promise = ++attachment.promise;
    attachment.isLive = false;
    this.#flow.remove(viewer);
    const offset = this.#ring.end;
    this.#screen.whenParsed(() => {
      if (this.#viewers.get(viewer) !== attachment || attachment.promise !== promise) return;
      const missing = this.#ring.from(offset);
      // So much output came meanwhile that the ring has lost the part after the screen: send a later screen.
      if (missing === undefined) return this.#promiseScreen(viewer);
      viewer.send({ type: 'snapshot', terminal: this.number, offset, ...this.#screen.snapshot() });
      this.#goLive(viewer, offset, missing);
    });
  }

  #goLive(viewer: Viewer, offset: number, missing: Uint8Array): void {
    const attachment = this.#viewers.get(viewer);
    if (attachment === undefined) return;
    // At least one frame, if empty: it tells the page that it is attached.
    let at = 0;
    do {
      const bytes = missing.subarray(at, at + maxFrameBytes);
      viewer.send({ type: 'output', terminal: this.number, offset: offset + at, bytes });
      at += maxFrameBytes;
    } while (at < missing.length);
    attachment.isLive = true;
    this.#flow.begin(viewer, this.#ring.end);
    if (this.#exitCode !== undefined) viewer.onExit(this.number, this.#exitCode);
  }

  /** The viewer was used: its size counts. */
  #own(viewer: Viewer): void {
    const attachment = this.#viewers.use(viewer);
    if (attachment === undefined) return;
    const { columns, rows } = attachment.size;
    if (columns === this.#size.columns && rows === this.#size.rows) return this.#viewers.tellSize(this.#size);
    this.#batcher.flush();
    this.#size = { columns, rows };
    this.#resizedAt = this.#ring.end;
    this.#screen.resize(columns, rows);
    this.#pty.resize(columns, rows);
    this.#viewers.tellSize(this.#size);
    for (const [other] of this.#viewers.all()) if (other !== viewer) this.#promiseScreen(other);
  }

  #answer(answer: string): void {
    // A page that shows the terminal answers itself; without a page, programs that ask would wait for ever.
    if (this.#viewers.count === 0 && this.#exitCode === undefined) this.#input.push(Buffer.from(answer));
  }

  #hold(reason: 'viewers' | 'screen' | 'unseen', isHeld: boolean): void {
    const wasHeld = this.#holds.size > 0;
    if (isHeld) this.#holds.add(reason);
    else this.#holds.delete(reason);
    if (!wasHeld && isHeld) this.#pty.pause();
    else if (wasHeld && this.#holds.size === 0) this.#pty.resume();
  }

  #stalled(viewer: Viewer): void {
    this.detach(viewer);
    viewer.onStalled();
  }

  #exited(exitCode: number): void {
    if (this.#isClosed) return;
    this.#batcher.flush();
    this.#exitCode = exitCode;
    this.#input.clear();
    this.#blocks.onExit();
    for (const [viewer, attachment] of this.#viewers.all()) if (attachment.isLive) viewer.onExit(this.number, exitCode);
    this.#onExit(exitCode);
  }
}
