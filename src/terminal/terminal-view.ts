// One terminal of the session on this page: frames in, keys out, size kept. The panel decides where it is shown.
import type { ServerFrame } from '../../server/protocol/frames.ts';
import { CsiBounds, writeBounded } from '../../server/protocol/csi-bounds.ts';
import { maxInputFrameBytes } from '../../server/protocol/limits.ts';
import type { LabSession } from '../session/lab-session.ts';
import { text } from '../session/page-texts.ts';
import { Acknowledger } from './acknowledger.ts';
import { keepCursorInSight } from './cursor-sight.ts';
import { makeOutputLog } from './output-log.ts';
import { OutputTeller } from './output-teller.ts';
import { PromptWatch } from './prompt-watch.ts';
import { isQueryAnswer } from './query-answers.ts';
import { followLook } from './terminal-look.ts';
import { endedKey, terminalChord, type TerminalChord } from './terminal-keys.ts';
import { Replay } from './replay.ts';
import { offerSideScroll } from './side-scroll.ts';
import { terminalSettings } from './terminal-settings.ts';
import { TerminalSize } from './terminal-size.ts';
import { TerminalStream } from './terminal-stream.ts';
import { withControl } from './touch-keys.ts';
import { openXterm, type XtermScreen } from './xterm-screen.ts';

export interface TerminalViewListener {
  onChord(chord: Exclude<TerminalChord, 'paste' | 'stay'>): void;
  /** `isOwn`: whether it is this page's size or that of another page on the same terminal. */
  onSize(columns: number, rows: number, isOwn: boolean): void;
  /** Something was typed that could not be sent; it is not kept. */
  onLostInput(): void;
  /** The Ctrl key of the touch row is released after one character. */
  takeControl(): boolean;
  /** Enter was pressed where the shell has ended. */
  onAgain(): void;
}

// More than the longest header of a frame.
const maxChunkBytes = maxInputFrameBytes - 64;
// Dragging changes the size with every frame; programs redraw once it has settled.
const settleMs = 80;

export class TerminalView {
  readonly number: number;
  readonly place: HTMLElement;
  readonly #session: LabSession;
  readonly #screen: XtermScreen;
  readonly #listener: TerminalViewListener;
  readonly #size: TerminalSize;
  readonly #stream = new TerminalStream();
  readonly #prompt: PromptWatch;
  /** Limits what comes over the network once more: the page does not rely on the server for that. */
  #bounds = this.#freshBounds();
  readonly #acknowledger: Acknowledger;
  readonly #life = new AbortController();
  #isFirstFrame = true;
  #hasEnded = false;
  readonly #replay = new Replay();
  #teller: OutputTeller | undefined;
  #settleTimer: ReturnType<typeof setTimeout> | undefined;

  static async open(
    session: LabSession,
    number: number,
    place: HTMLElement,
    label: string,
    listener: TerminalViewListener,
  ) {
    const screen = await openXterm(place, terminalSettings(), label);
    return new TerminalView(session, number, place, screen, listener);
  }

  private constructor(
    session: LabSession,
    number: number,
    place: HTMLElement,
    screen: XtermScreen,
    listener: TerminalViewListener,
  ) {
    this.number = number;
    this.place = place;
    this.#session = session;
    this.#screen = screen;
    this.#listener = listener;
    this.#prompt = new PromptWatch(screen.terminal);
    this.#size = new TerminalSize(screen, place, {
      onSize: (columns, rows, isOwn) => listener.onSize(columns, rows, isOwn),
      onClaim: (columns, rows) => session.send({ type: 'resize', terminal: number, columns, rows }),
    });
    this.#acknowledger = new Acknowledger((offset) =>
      session.sendFrame({ type: 'acknowledge', terminal: number, offset }),
    );
    this.#listen();
    this.#tellOutput();
    this.attach();
  }

  get search() {
    return this.#screen.search;
  }

  get isApplicationCursor(): boolean {
    return this.#screen.terminal.modes.applicationCursorKeysMode;
  }

  get selection(): string {
    return this.#screen.terminal.getSelection().replaceAll('\u00a0', ' ');
  }

  /** The line in which the selection begins, with its wrapped rest. */
  get selectedLine(): string {
    const { terminal } = this.#screen;
    const { active } = terminal.buffer;
    let at = terminal.getSelectionPosition()?.start.y ?? active.length;
    while (active.getLine(at)?.isWrapped === true) at--;
    let line = active.getLine(at)?.translateToString(true) ?? '';
    while (active.getLine(++at)?.isWrapped === true) line += active.getLine(at)?.translateToString(true) ?? '';
    return line.trim();
  }

  /** Whether a program runs in it that closing it would end. */
  get isBusy(): boolean {
    return !this.#hasEnded && !this.#prompt.isAtPrompt;
  }

  /** All lines including scrollback, without blanks at the end. */
  get text(): string {
    const { active } = this.#screen.terminal.buffer;
    const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? '');
    return lines.join('\n').trimEnd();
  }

  /** Requests this terminal from the server: from where the screen ends, or all of it. */
  attach(): void {
    const { columns, rows } = this.#size.own;
    this.#stream.attaching();
    this.#replay.attaching();
    this.#isFirstFrame = true;
    const { offset } = this.#stream;
    this.#session.send({
      type: 'attach',
      terminal: this.number,
      columns,
      rows,
      // A page that has only reconnected does not take the size from the one that is in use.
      inUse: this.#size.isOwner || document.hasFocus(),
      ...(offset === undefined ? {} : { offset }),
    });
  }

  /** Throws away what is shown and fetches the screen again. */
  redraw(): void {
    this.#stream.forget();
    this.attach();
  }

  focus(): void {
    this.#screen.terminal.focus();
  }

  paste(text: string): void {
    this.#screen.terminal.paste(text);
  }

  /** Sends keys as if typed. */
  type(data: string): void {
    this.#input(new TextEncoder().encode(data));
  }

  /** From now on this page's size counts, because the reader works here. */
  claim(): void {
    this.#size.claim();
  }

  /** The place was shown, hidden or resized. */
  settle(): void {
    clearTimeout(this.#settleTimer);
    this.#settleTimer = setTimeout(() => this.#size.settle(), settleMs);
  }

  /** The shell has ended: the screen's content stays, and the keys belong to the page again. */
  ended(): void {
    this.#hasEnded = true;
    this.#screen.terminal.options.disableStdin = true;
  }

  dispose(): void {
    clearTimeout(this.#settleTimer);
    this.#life.abort();
    this.#session.send({ type: 'detach', terminal: this.number });
    this.#screen.terminal.dispose();
    this.place.remove();
  }

  #listen(): void {
    const { signal } = this.#life;
    const { terminal } = this.#screen;
    this.#session.on('frame', (frame) => frame.terminal === this.number && this.#take(frame), signal);
    this.#session.on('size', (size) => size.terminal === this.number && this.#size.owned(size.isYours, size), signal);
    this.#session.on('connected', () => this.attach(), signal);
    keepCursorInSight(terminal, this.place, signal);
    offerSideScroll(this.place, signal);
    terminal.onData((data) => this.#typed(data));
    terminal.onBinary((data) => this.#input(Uint8Array.from(data, (character) => character.charCodeAt(0))));
    terminal.attachCustomKeyEventHandler((event) => this.#isProgramsKey(event));
    terminal.textarea?.addEventListener('focus', () => this.#size.claim(), { signal });
    const observer = new ResizeObserver(() => this.settle());
    observer.observe(this.place);
    signal.addEventListener('abort', () => observer.disconnect());
    followLook(this.#screen, this.place, () => this.settle(), signal);
    document.addEventListener('visibilitychange', () => this.#visibilityChanged(), { signal });
  }

  #tellOutput(): void {
    const log = makeOutputLog(this.#life.signal);
    this.place.before(log.element);
    const hooks = {
      tell: log.tell,
      isHeard: () => terminalSettings().isScreenReader && !this.#replay.isOn && this.place.offsetParent !== null,
      isAtPrompt: () => this.#prompt.isAtPrompt,
      tooMuch: text('lab.terminal.tooMuch'),
      ended: () => commandEnded(this.#prompt.exitStatus),
    };
    this.#teller = new OutputTeller(this.#screen.terminal, hooks, this.#life.signal);
  }

  /** A page in the background parses at most once a second and would hold up the program for all viewers. */
  #visibilityChanged(): void {
    if (document.visibilityState === 'visible') this.attach();
    else this.#session.send({ type: 'detach', terminal: this.number });
  }

  #take(frame: ServerFrame): void {
    if (this.#isFirstFrame) {
      this.#isFirstFrame = false;
      this.#acknowledger.begin(frame.offset);
    }
    const isReplay = this.#replay.includes(frame);
    const step = this.#stream.take(frame);
    if (step.do === 'attach') return this.attach();
    if (step.do === 'write') {
      const parsed = () => this.#acknowledger.parsed(step.end);
      return isReplay ? this.#writeReplay(step.bytes, parsed) : this.#write(step.bytes, parsed);
    }
    if (step.do === 'replace') this.#replace(step.screen, step.columns, step.rows, step.end);
  }

  #replace(screen: Uint8Array, columns: number, rows: number, end: number): void {
    const { terminal } = this.#screen;
    terminal.reset();
    this.#prompt.forget();
    this.#bounds = this.#freshBounds();
    this.#size.shownAt(columns, rows);
    this.#writeReplay(screen, () => this.#acknowledger.begin(end));
  }

  #writeReplay(bytes: Uint8Array, done: () => void): void {
    const parsed = this.#replay.begin();
    this.#write(bytes, () => {
      parsed();
      // xterm reports what was parsed only after this.
      this.#teller?.skip();
      done();
    });
  }

  #write(bytes: Uint8Array, done: () => void): void {
    writeBounded(this.#screen.terminal, this.#bounds, bytes, done);
  }

  #freshBounds(): CsiBounds {
    return new CsiBounds(() => ({ columns: this.#screen.terminal.cols, rows: this.#screen.terminal.rows }));
  }

  #typed(data: string): void {
    if (isQueryAnswer(data)) {
      // Queries in a replay were answered when they were made. An automatic answer does not count as use, so the size does
      // not change hands.
      if (!this.#replay.isOn) this.#send(new TextEncoder().encode(data));
      return;
    }
    // A non-breaking space, from AltGr or a web page, looks like a space but is not one: shells say "command not found".
    const typed = data.replaceAll('\u00a0', ' ');
    this.#input(new TextEncoder().encode(this.#listener.takeControl() ? withControl(typed) : typed));
  }

  #input(bytes: Uint8Array): void {
    this.#size.claim();
    this.#session.use();
    this.#send(bytes);
  }

  #send(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += maxChunkBytes) {
      const isSent = this.#session.sendFrame({
        type: 'input',
        terminal: this.number,
        bytes: bytes.subarray(at, at + maxChunkBytes),
      });
      if (!isSent) return this.#listener.onLostInput();
    }
  }

  #isProgramsKey(event: KeyboardEvent): boolean {
    const chord = terminalChord(event);
    if (chord === undefined) return this.#hasEnded ? this.#isScreensKey(event) : true;
    // The browser pastes by itself: its paste event delivers the text without asking for permission.
    if (chord === 'paste') return false;
    event.preventDefault();
    if (event.type === 'keydown' && chord !== 'stay') this.#listener.onChord(chord);
    return false;
  }

  #isScreensKey(event: KeyboardEvent): boolean {
    const key = endedKey(event);
    // A key that was already held down when the shell ended, or is released after it, requests nothing.
    if (key === 'again' && event.type === 'keydown' && !event.repeat) this.#listener.onAgain();
    return key === 'rest';
  }
}

function commandEnded(status: number | undefined): string {
  return status === undefined ? text('lab.terminal.commandOver') : text('lab.terminal.commandEnded', { status });
}
