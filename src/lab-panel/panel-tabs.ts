// Which of the panel's tabs is shown, a terminal or another view of a machine: keeps tabs, terminals and machines in step.
import { MachinePanel } from '../machine-panel/machine-panel.ts';
import type { MachineHooks } from '../machine-panel/machine-hooks.ts';
import type { LabSession } from '../session/lab-session.ts';
import type { Phase } from '../session/phase.ts';
import type { TerminalStack } from './terminal-stack.ts';
import { makeTerminalTabs, terminalKey, terminalOf, type TerminalTabs } from './terminal-tabs.ts';

/** What the tabs need from the panel around them. */
export interface TabSurroundings extends Omit<MachineHooks, 'showConsole'> {
  /** Unfolds the panel, because something is about to be shown. */
  unfold(): void;
  /** Another tab is shown: the panel updates itself, including these tabs. */
  changed(): void;
}

/** The panel's tabs with what they show, except for drawing the terminals. */
export class PanelTabs {
  /** The machines' windows above the terminals, on wide screens. */
  readonly strip: HTMLElement;
  /** The row of tabs. */
  readonly element: HTMLElement;
  readonly #session: LabSession;
  readonly #stack: TerminalStack;
  readonly #around: TabSurroundings;
  readonly #machines: MachinePanel;
  readonly #tabs: TerminalTabs;
  /** Key of the tab that is shown instead of a terminal. */
  #extra: string | undefined;

  /** @param tools buttons at the end of the row */
  constructor(
    session: LabSession,
    stack: TerminalStack,
    tools: HTMLElement[],
    around: TabSurroundings,
    signal: AbortSignal,
  ) {
    this.#session = session;
    this.#stack = stack;
    this.#around = around;
    const hooks = { ...around, showConsole: (machine: string) => this.#showConsole(machine) };
    this.#machines = new MachinePanel(session, stack.element, hooks, signal);
    this.#tabs = makeTerminalTabs(this.#actions(), tools, signal);
    this.strip = this.#machines.strip;
    this.element = this.#tabs.element;
  }

  /** @param isOpen whether terminals are shown */
  show(phase: Phase, isOpen: boolean): void {
    const { view } = this.#session;
    const extras = this.#machines.tabs();
    if (!extras.some(({ key }) => key === this.#extra)) this.#extra = undefined;
    this.#stack.cover(this.#extra !== undefined);
    if (isOpen) this.#stack.show(this.#session.terminals);
    else if (phase.name === 'ended' || phase.name === 'starting') this.#stack.show([]);
    const { selected } = this.#stack;
    this.#session.activeTerminal = selected;
    this.#machines.show(this.#extra, isOpen && phase.name !== 'disconnected');
    const key = this.#extra ?? (selected === undefined ? undefined : terminalKey(selected));
    this.#tabs.show(view, extras, key);
  }

  /** Shows a terminal, whatever was shown before. */
  showTerminal(terminal: number): void {
    this.#extra = undefined;
    this.#stack.select(terminal);
    this.#around.unfold();
    this.#around.changed();
  }

  /** Moves the focus into what is shown. */
  enter(): void {
    if (this.#extra === undefined) this.#stack.focus();
    else this.#machines.focus(this.#extra);
  }

  /** Moves the focus to the selected tab. */
  focus(): void {
    this.#tabs.focus();
  }

  #actions() {
    return {
      select: (key: string, isByKey: boolean) => {
        const terminal = terminalOf(key);
        this.#extra = terminal === undefined ? key : undefined;
        if (terminal !== undefined) this.#stack.select(terminal);
        this.#around.changed();
        // After a click a reader wants to type; with the arrow keys the reader is still choosing.
        if (!isByKey) this.enter();
      },
      open: (machine: string) => this.#around.attempt(this.#session.openTerminal(machine).then(() => this.enter())),
      close: (terminal: number) => this.#around.attempt(this.#close(terminal)),
    };
  }

  async #close(terminal: number): Promise<void> {
    if (this.#stack.isBusy(terminal) && !(await this.#around.ask('lab.closeTerminal'))) return;
    await this.#session.closeTerminal(terminal);
    this.focus();
  }

  #showConsole(machine: string): void {
    const serial = this.#session.terminals.find((one) => one.machine === machine && one.kind === 'serial');
    if (serial === undefined) return;
    this.showTerminal(serial.number);
    this.enter();
  }
}
