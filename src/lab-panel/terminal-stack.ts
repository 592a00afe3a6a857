// The terminals of the panel, of which one is shown. Opens each when it is first shown, and closes those that are gone.
import type { TerminalView as TerminalInfo } from '../../server/protocol/messages.ts';
import type { LabSession } from '../session/lab-session.ts';
import { text } from '../session/page-texts.ts';
import type { TerminalView, TerminalViewListener } from '../terminal/terminal-view.ts';
import { endedWords } from './ended-words.ts';
import { make, makeButton, setText } from './make-element.ts';
import { panelIdOf, tabIdOf, terminalKey } from './terminal-tabs.ts';

interface Entry {
  place: HTMLElement;
  /** The line that says that the shell has ended. */
  ended: HTMLElement;
  /** The line that says that the terminal has another page's size, with a button for this page's size. */
  elsewhere: HTMLElement;
  /** The line that says that the machine of this serial console is off; what it printed stays. */
  off: HTMLElement;
  size?: { columns: number; rows: number };
  view?: TerminalView;
  isOpening: boolean;
  /** A new terminal in its place is being opened: pressing twice still opens only one. */
  isReplaced: boolean;
}

/** What the terminals report to the panel around them; sizes only of the terminal that is shown. */
export interface StackListener extends Omit<TerminalViewListener, 'onSize' | 'onAgain'> {
  onSize(columns: number, rows: number): void;
}

export class TerminalStack {
  readonly element = make('div', { class: 'lab-stack' });
  readonly #session: LabSession;
  readonly #listener: StackListener;
  readonly #attempt: (action: Promise<unknown>) => void;
  readonly #signal: AbortSignal;
  readonly #entries = new Map<number, Entry>();
  #selected: number | undefined;
  #wantsFocus = false;
  #isCovered = false;

  /** @param attempt waits for what the reader asked for, and reports a refusal by the server */
  constructor(
    session: LabSession,
    listener: StackListener,
    attempt: (action: Promise<unknown>) => void,
    signal: AbortSignal,
  ) {
    this.#session = session;
    this.#listener = listener;
    this.#attempt = attempt;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#dropAll());
  }

  get selected(): number | undefined {
    return this.#selected;
  }

  get view(): TerminalView | undefined {
    return this.#selected === undefined ? undefined : this.#entries.get(this.#selected)?.view;
  }

  /** Whether a program would end with the terminal: one that a block started, or one that this page's screen shows. */
  isBusy(terminal: number): boolean {
    const info = this.#session.terminals.find(({ number }) => number === terminal);
    if (info === undefined || info.state === 'exited') return false;
    const hasBlock = this.#session.blocks().some((run) => run.terminal === terminal && run.state !== 'done');
    return hasBlock || this.#entries.get(terminal)?.view?.isBusy === true;
  }

  /** Brings the stack in line with the session's terminals; selects another one if the selected one is gone. */
  show(terminals: TerminalInfo[]): void {
    for (const [number, entry] of this.#entries)
      if (!terminals.some((terminal) => terminal.number === number)) this.#drop(number, entry);
    const isThere = terminals.some((terminal) => terminal.number === this.#selected);
    if (!isThere) this.#selected = (terminals.find((terminal) => terminal.state === 'running') ?? terminals[0])?.number;
    for (const terminal of terminals) this.#showOne(terminal);
  }

  select(terminal: number): void {
    this.#selected = terminal;
  }

  /** Something else is shown instead of the terminals, or no longer; a call of `show` follows. */
  cover(isCovered: boolean): void {
    this.#isCovered = isCovered;
  }

  /** Focuses the terminal that is shown, at once or as soon as it exists. */
  focus(): void {
    if (this.view === undefined) this.#wantsFocus = true;
    else this.view.focus();
  }

  #showOne(terminal: TerminalInfo): void {
    const entry = this.#entries.get(terminal.number) ?? this.#add(terminal);
    const isShown = terminal.number === this.#selected && !this.#isCovered;
    entry.place.hidden = !isShown;
    if (terminal.state === 'exited') {
      entry.ended.hidden = false;
      const { machines = [] } = this.#session.view ?? {};
      const words = `${endedWords(terminal, machines)} ${text('lab.terminal.againByKey')}`;
      setText(entry.ended.firstElementChild ?? entry.ended, words);
      entry.view?.ended();
    }
    entry.off.hidden = !this.#isOff(terminal);
    entry.place.dataset['power'] = entry.off.hidden ? 'on' : 'off';
    if (isShown && entry.size !== undefined) this.#listener.onSize(entry.size.columns, entry.size.rows);
    if (isShown && !entry.isOpening) void this.#open(terminal, entry);
  }

  #isOff({ kind, machine }: TerminalInfo): boolean {
    const vm = this.#session.view?.machines.find(({ name }) => name === machine)?.vm;
    return kind === 'serial' && vm?.power === 'off';
  }

  #add(terminal: TerminalInfo): Entry {
    const again = makeButton(text('lab.terminal.again'), 'button', () => this.#again(terminal), this.#signal);
    const ended = make('div', { class: 'lab-notice lab-strip lab-ended', attributes: { role: 'status' } }, [
      make('p'),
      again,
    ]);
    ended.hidden = true;
    const place = make('div', {
      class: 'lab-terminal',
      attributes: {
        role: 'tabpanel',
        id: panelIdOf(terminalKey(terminal.number)),
        'aria-labelledby': tabIdOf(terminalKey(terminal.number)),
      },
    });
    const elsewhere = this.#makeElsewhere(terminal.number);
    const off = make('div', { class: 'lab-notice lab-strip lab-off', attributes: { role: 'status' } }, [
      make('p', { text: text('lab.terminal.off') }),
    ]);
    off.hidden = true;
    place.append(off, elsewhere, ended);
    this.element.append(place);
    const entry: Entry = { place, ended, off, elsewhere, isOpening: false, isReplaced: false };
    this.#entries.set(terminal.number, entry);
    return entry;
  }

  #makeElsewhere(terminal: number): HTMLElement {
    const takeBack = () => {
      this.#entries.get(terminal)?.view?.claim();
      this.focus();
    };
    const button = makeButton(text('lab.terminal.takeBack'), 'button', takeBack, this.#signal);
    const element = make('div', { class: 'lab-notice lab-strip', attributes: { role: 'status' } }, [make('p'), button]);
    element.hidden = true;
    return element;
  }

  /** @param isOwn whether it is this page's size */
  #sized(terminal: number, columns: number, rows: number, isOwn: boolean): void {
    const entry = this.#entries.get(terminal);
    if (entry === undefined) return;
    entry.size = { columns, rows };
    if (!isOwn)
      setText(entry.elsewhere.firstElementChild ?? entry.elsewhere, text('lab.terminal.elsewhere', { columns, rows }));
    entry.elsewhere.hidden = isOwn;
    if (terminal === this.#selected) this.#listener.onSize(columns, rows);
  }

  async #open(terminal: TerminalInfo, entry: Entry): Promise<void> {
    entry.isOpening = true;
    const { TerminalView } = await import('../terminal/terminal-view.ts');
    const place = make('div', { class: 'lab-xterm' });
    entry.elsewhere.after(make('div', { class: 'lab-xterm-box' }, [place]));
    const label = text('lab.terminal.label', { title: terminal.title });
    const view = await TerminalView.open(this.#session, terminal.number, place, label, {
      ...this.#listener,
      onSize: (columns, rows, isOwn) => this.#sized(terminal.number, columns, rows, isOwn),
      onAgain: () => this.#again(terminal),
    });
    // The terminal was closed while it was being opened.
    if (this.#entries.get(terminal.number) !== entry) return view.dispose();
    entry.view = view;
    if (terminal.state === 'exited') view.ended();
    if (this.#wantsFocus && this.#selected === terminal.number) view.focus();
    this.#wantsFocus = false;
  }

  #again(terminal: TerminalInfo): void {
    const entry = this.#entries.get(terminal.number);
    if (entry === undefined || entry.isReplaced) return;
    entry.isReplaced = true;
    this.#attempt(this.#replace(terminal).finally(() => (entry.isReplaced = false)));
  }

  /** A new terminal of the same machine in place of one whose shell has ended. */
  async #replace(terminal: TerminalInfo): Promise<void> {
    this.#wantsFocus = true;
    try {
      await this.#session.openTerminal(terminal.machine);
    } catch (error) {
      this.#wantsFocus = false;
      throw error;
    }
    await this.#session.closeTerminal(terminal.number);
  }

  #drop(number: number, entry: Entry): void {
    this.#entries.delete(number);
    entry.view?.dispose();
    entry.place.remove();
  }

  #dropAll(): void {
    for (const [number, entry] of this.#entries) this.#drop(number, entry);
  }
}
