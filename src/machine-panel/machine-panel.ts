// All virtual machines of a lab in the panel: a window for each, above the terminals or as a tab, and its screen as a tab.
import { make } from '../lab-panel/make-element.ts';
import type { ExtraTab } from '../lab-panel/terminal-tabs.ts';
import { panelIdOf, tabIdOf } from '../lab-panel/terminal-tabs.ts';
import type { LabSession } from '../session/lab-session.ts';
import { virtualMachines, type VirtualMachine } from '../session/machine-actions.ts';
import { text } from '../session/page-texts.ts';
import type { MachineHooks } from './machine-hooks.ts';
import { MachineScreen } from './machine-screen.ts';
import { MachineWindow } from './machine-window.ts';

interface Entry {
  window: MachineWindow;
  /** Where the window is while it is a tab. */
  tab: HTMLElement;
  screen?: MachineScreen;
}

// From this width on there is room for text and lab side by side, see panel-frame.ts.
const wide = '(min-width: 1100px)';
// Below this height an open window leaves a terminal too few lines; it can still be opened by hand.
const tall = '(min-height: 810px)';

export class MachinePanel {
  /** The windows above the terminals, on wide screens. */
  readonly strip = make('div', { class: 'machine-strip' });
  readonly #session: LabSession;
  readonly #hooks: MachineHooks;
  readonly #stack: HTMLElement;
  readonly #signal: AbortSignal;
  readonly #wide = matchMedia(wide);
  readonly #entries = new Map<string, Entry>();

  /** @param stack the element that holds the tabs' panels */
  constructor(session: LabSession, stack: HTMLElement, hooks: MachineHooks, signal: AbortSignal) {
    this.#session = session;
    this.#stack = stack;
    this.#hooks = hooks;
    this.#signal = signal;
    this.#wide.addEventListener('change', () => this.#place(), { signal });
  }

  /** Tabs in addition to those of the terminals. */
  tabs(): ExtraTab[] {
    const machines = virtualMachines(this.#session);
    const isOnly = machines.length === 1;
    return machines.flatMap((machine) => {
      const name = (kind: 'screen' | 'machine') =>
        text(`lab.tabs.${kind}${isOnly ? 'Only' : ''}`, { machine: machine.title });
      return [
        ...(machine.vm.hasScreen ? [{ key: screenKey(machine.name), title: name('screen') }] : []),
        ...(this.#wide.matches ? [] : [{ key: windowKey(machine.name), title: name('machine') }]),
      ];
    });
  }

  /** @param selected key of the selected tab @param isReady whether the lab is connected */
  show(selected: string | undefined, isReady: boolean): void {
    const machines = virtualMachines(this.#session);
    for (const [name, entry] of this.#entries) if (!machines.some((one) => one.name === name)) this.#drop(name, entry);
    for (const machine of machines) {
      const entry = this.#entries.get(machine.name) ?? this.#add(machine);
      entry.window.show(machine);
      entry.tab.hidden = selected !== windowKey(machine.name);
      entry.screen?.show(machine, selected === screenKey(machine.name), isReady);
    }
    this.strip.hidden = !this.#wide.matches || machines.length === 0;
    this.strip.inert = !isReady;
  }

  /** Moves the focus into what a tab shows, if that takes keys. */
  focus(key: string): void {
    for (const [name, { screen }] of this.#entries) if (key === screenKey(name)) screen?.focus();
  }

  #add(machine: VirtualMachine): Entry {
    const { name } = machine;
    const isOpen = this.#wide.matches && matchMedia(tall).matches;
    const key = windowKey(name);
    const tab = make('div', {
      class: 'machine-tab',
      attributes: { role: 'tabpanel', id: panelIdOf(key), 'aria-labelledby': tabIdOf(key) },
    });
    const entry: Entry = { window: new MachineWindow(this.#session, machine, isOpen, this.#hooks, this.#signal), tab };
    this.#stack.append(tab);
    if (machine.vm.hasScreen) entry.screen = this.#addScreen(machine);
    this.#entries.set(name, entry);
    this.#place();
    return entry;
  }

  #addScreen(machine: VirtualMachine): MachineScreen {
    const key = screenKey(machine.name);
    const ids = { panel: panelIdOf(key), tab: tabIdOf(key) };
    const screen = new MachineScreen(this.#session, machine, ids, () => this.#hooks.leave(), this.#signal);
    this.#stack.append(screen.element);
    return screen;
  }

  #place(): void {
    for (const { window, tab } of this.#entries.values()) {
      (this.#wide.matches ? this.strip : tab).append(window.element);
      window.openForGood(!this.#wide.matches);
    }
  }

  #drop(name: string, { window, tab, screen }: Entry): void {
    this.#entries.delete(name);
    window.element.remove();
    tab.remove();
    screen?.remove();
  }
}

function screenKey(machine: string): string {
  return `screen-${machine}`;
}

function windowKey(machine: string): string {
  return `machine-${machine}`;
}
