// Columns and rows of a terminal on this page. The page in use sets the size; a larger terminal scrolls.
import type { ITerminalOptions } from '@xterm/xterm';
import { maxColumns, maxRows, minColumns, minRows } from '../../server/protocol/limits.ts';
import { resizeBounded } from '../../server/protocol/screen-bounds.ts';
import { terminalSettings } from './terminal-settings.ts';
import type { XtermScreen } from './xterm-screen.ts';

export interface TerminalSizeListener {
  /** The size that is shown now. `isOwn`: it is this page's. */
  onSize(columns: number, rows: number, isOwn: boolean): void;
  /** Requests that this page's size counts. */
  onClaim(columns: number, rows: number): void;
}

interface Size {
  columns: number;
  rows: number;
}

/** What programs rely on: GRUB's menu, installers and tables break with less. A narrow place scrolls. */
export const leastOwnColumns = 80;

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

  get isOwner(): boolean {
    return this.#isOwner;
  }

  /** The size to attach with. The size that is shown changes when the server says whose size counts. */
  get own(): Size {
    this.#useOwnFont();
    return this.#fitting();
  }

  /** The reader uses the terminal here: this page's size counts from now on. */
  claim(): void {
    if (this.#isOwner) return;
    this.#isOwner = true;
    // Reported first, because the line about another tab then takes no room any more.
    this.#tell();
    const size = this.own;
    this.#use(size);
    this.#listener.onClaim(size.columns, size.rows);
  }

  /** The size of the place or of the type has changed. */
  settle(): void {
    const { terminal } = this.#screen;
    const { columns, rows } = this.own;
    if (!this.#isOwner || (columns === terminal.cols && rows === terminal.rows)) return;
    this.#use({ columns, rows });
    this.#listener.onClaim(columns, rows);
  }

  /** The server says whose size counts and what it is. If it is another page's size, a whole screen follows. */
  owned(isOwner: boolean, { columns, rows }: Size): void {
    this.#isOwner = isOwner;
    this.#tell();
    if (!isOwner) return;
    const own = this.own;
    this.#use(own);
    if (own.columns !== columns || own.rows !== rows) this.#listener.onClaim(own.columns, own.rows);
  }

  /** The server sent a whole screen of this size. */
  shownAt(columns: number, rows: number): void {
    this.#use({ columns, rows });
  }

  #use({ columns, rows }: Size): void {
    resizeBounded(this.#screen.terminal, columns, rows);
    this.#tell();
  }

  #tell(): void {
    const { cols, rows } = this.#screen.terminal;
    this.#listener.onSize(cols, rows, this.#isOwner);
  }

  #useOwnFont(): void {
    setOption(this.#screen.terminal.options, 'fontSize', terminalSettings().fontSize);
  }

  /** The size that fits the place; the present size while the place is hidden. */
  #fitting(): Size {
    const { terminal, fit } = this.#screen;
    const proposed = fit.proposeDimensions();
    if (proposed === undefined || this.#place.offsetParent === null || Number.isNaN(proposed.cols)) {
      return { columns: terminal.cols, rows: terminal.rows };
    }
    return {
      columns: Math.min(maxColumns, Math.max(minColumns, leastOwnColumns, proposed.cols)),
      rows: Math.min(maxRows, Math.max(minRows, proposed.rows)),
    };
  }
}

/** Setting an option makes xterm redraw everything, even if the value is the same. */
export function setOption<Name extends keyof ITerminalOptions>(
  options: ITerminalOptions,
  name: Name,
  value: ITerminalOptions[Name],
): void {
  if (options[name] !== value) options[name] = value;
}
