// Columns and rows of a terminal on this page. The page in use owns the size; the others show it smaller.
import type { ITerminalOptions } from '@xterm/xterm';
import { maxColumns, maxRows, minColumns, minRows } from '../../server/protocol/limits.ts';
import { terminalSettings } from './terminal-settings.ts';
import type { XtermScreen } from './xterm-screen.ts';

export interface TerminalSizeListener {
  /** What is shown now. */
  onSize(columns: number, rows: number): void;
  /** This page's size is to count. */
  onClaim(columns: number, rows: number): void;
}

interface Size {
  columns: number;
  rows: number;
}

// Below this nothing can be read, and cells stop shrinking.
const smallestScaledFont = 4;

export class TerminalSize {
  readonly #screen: XtermScreen;
  readonly #place: HTMLElement;
  readonly #listener: TerminalSizeListener;
  #isOwner = true;

  constructor(screen: XtermScreen, place: HTMLElement, listener: TerminalSizeListener) {
    this.#screen = screen;
    this.#place = place;
    this.#listener = listener;
  }

  /** Takes the size that fits; whoever calls tells the server. */
  own(): Size {
    this.#isOwner = true;
    this.#useOwnFont();
    const size = this.#fitting();
    this.#use(size);
    return size;
  }

  /** The reader does something here: this page's size counts from now on. */
  claim(): void {
    if (this.#isOwner) return;
    this.#isOwner = true;
    this.settle();
  }

  /** The place or the type has another size. */
  settle(): void {
    if (!this.#isOwner) return this.#scale();
    const { terminal } = this.#screen;
    const wasScaled = this.#useOwnFont();
    const { columns, rows } = this.#fitting();
    if (columns === terminal.cols && rows === terminal.rows && !wasScaled) return;
    this.#use({ columns, rows });
    this.#listener.onClaim(columns, rows);
  }

  /** The server sent a whole screen of this size: when it is not this page's, another page owns it. */
  shownAt(columns: number, rows: number): void {
    const fitting = this.#fitting();
    this.#isOwner = fitting.columns === columns && fitting.rows === rows;
    this.#use({ columns, rows });
    if (!this.#isOwner) this.#scale();
  }

  #use({ columns, rows }: Size): void {
    this.#screen.terminal.resize(columns, rows);
    this.#listener.onSize(columns, rows);
  }

  /** @returns whether the type had another size */
  #useOwnFont(): boolean {
    const { options } = this.#screen.terminal;
    const isOther = options.fontSize !== terminalSettings().fontSize;
    setOption(options, 'fontSize', terminalSettings().fontSize);
    return isOther;
  }

  /** Shows another page's screen whole, in smaller type if need be. */
  #scale(): void {
    const { terminal } = this.#screen;
    const fitting = this.#fitting();
    const factor = Math.min(1, fitting.columns / terminal.cols, fitting.rows / terminal.rows);
    const fontSize = Math.floor(terminalSettings().fontSize * factor);
    setOption(terminal.options, 'fontSize', Math.max(smallestScaledFont, fontSize));
  }

  /** What fits the place at the reader's own type size; the present size while the place is hidden. */
  #fitting(): Size {
    const { terminal, fit } = this.#screen;
    const proposed = fit.proposeDimensions();
    if (proposed === undefined || this.#place.offsetParent === null || Number.isNaN(proposed.cols)) {
      return { columns: terminal.cols, rows: terminal.rows };
    }
    const factor = (terminal.options.fontSize ?? 1) / terminalSettings().fontSize;
    return {
      columns: Math.min(maxColumns, Math.max(minColumns, Math.floor(proposed.cols * factor))),
      rows: Math.min(maxRows, Math.max(minRows, Math.floor(proposed.rows * factor))),
    };
  }
}

/** Setting an option makes xterm draw all anew, even when it is the same. */
export function setOption<Name extends keyof ITerminalOptions>(
  options: ITerminalOptions,
  name: Name,
  value: ITerminalOptions[Name],
): void {
  if (options[name] !== value) options[name] = value;
}
