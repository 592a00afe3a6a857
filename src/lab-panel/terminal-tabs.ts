// One tab for each terminal, a button for another one. Arrow keys move along the tabs, Delete closes one.
import type { SessionView, TerminalView } from '../../server/protocol/messages.ts';
import { text } from '../session/page-texts.ts';
import { make, makeButton } from './make-element.ts';

export interface TabActions {
  select(terminal: number, isByKey: boolean): void;
  open(machine: string): void;
  close(terminal: number): void;
}

export interface TerminalTabs {
  element: HTMLElement;
  show(session: SessionView | undefined, selected: number | undefined): void;
  focus(): void;
}

export function panelId(terminal: number): string {
  return `lab-terminal-${terminal}`;
}

function tabId(terminal: number): string {
  return `lab-tab-${terminal}`;
}

/** @param tools buttons that stand at the end of the line */
export function makeTerminalTabs(actions: TabActions, tools: HTMLElement[], signal: AbortSignal): TerminalTabs {
  const list = make('div', {
    class: 'lab-tabs',
    attributes: { role: 'tablist', 'aria-label': text('lab.tabs.label') },
  });
  const adders = make('span', { class: 'lab-adders' });
  let selected: number | undefined;
  const close = makeButton(
    text('lab.tabs.close'),
    'lab-quiet',
    () => selected !== undefined && actions.close(selected),
    signal,
  );
  const element = make('div', { class: 'lab-tab-row' }, [
    list,
    adders,
    make('span', { class: 'lab-tools' }, [close, ...tools]),
  ]);
  list.addEventListener('keydown', (event) => moveByKey(event, list, actions), { signal });
  let shown = '';
  return {
    element,
    focus: () => list.querySelector<HTMLElement>('[aria-selected="true"]')?.focus(),
    show: (session, now) => {
      selected = now;
      const terminals = session?.terminals ?? [];
      close.hidden = terminals.length < 2;
      // Drawn anew only when something changed: the focus may be on a tab.
      const state = JSON.stringify([terminals, now, session?.machines]);
      if (state === shown) return;
      shown = state;
      const hadFocus = list.contains(document.activeElement);
      const titles = distinctTitles(terminals);
      list.replaceChildren(
        ...terminals.map((terminal, at) =>
          makeTab(terminal, titles[at] ?? '', terminal.number === now, actions, signal),
        ),
      );
      adders.replaceChildren(
        ...(session?.machines ?? []).map((machine) =>
          makeAdder(machine, session?.machines.length === 1, actions, signal),
        ),
      );
      if (hadFocus) list.querySelector<HTMLElement>('[aria-selected="true"]')?.focus();
    },
  };
}

/** Titles as the server gives them; the second of the same name is "name 2". */
export function distinctTitles(terminals: Pick<TerminalView, 'title'>[]): string[] {
  const seen = new Map<string, number>();
  return terminals.map(({ title }) => {
    const count = (seen.get(title) ?? 0) + 1;
    seen.set(title, count);
    return count === 1 ? title : `${title} ${count}`;
  });
}

function makeTab(
  terminal: TerminalView,
  title: string,
  isSelected: boolean,
  actions: TabActions,
  signal: AbortSignal,
): HTMLElement {
  const tab = makeButton(title, 'lab-tab', () => actions.select(terminal.number, false), signal);
  tab.id = tabId(terminal.number);
  tab.setAttribute('role', 'tab');
  tab.setAttribute('aria-selected', String(isSelected));
  tab.setAttribute('aria-controls', panelId(terminal.number));
  tab.tabIndex = isSelected ? 0 : -1;
  tab.dataset['terminal'] = String(terminal.number);
  if (terminal.state === 'exited')
    tab.append(make('span', { class: 'lab-tab-ended', text: ` ${text('lab.tabs.ended')}` }));
  return tab;
}

function makeAdder(
  machine: { name: string; title: string },
  isOnly: boolean,
  actions: TabActions,
  signal: AbortSignal,
): HTMLElement {
  const label = text('lab.tabs.open', { machine: machine.title });
  const adder = makeButton(isOnly ? '+' : `+ ${machine.title}`, 'lab-quiet', () => actions.open(machine.name), signal);
  adder.setAttribute('aria-label', label);
  adder.title = label;
  return adder;
}

function moveByKey(event: KeyboardEvent, list: HTMLElement, actions: TabActions): void {
  const tabs = [...list.querySelectorAll<HTMLElement>('[role="tab"]')];
  const at = tabs.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  if (event.key === 'Delete' && tabs.length > 1) return actions.close(Number(tabs[at]?.dataset['terminal']));
  const targets: Record<string, number> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 };
  const target = targets[event.key];
  if (target === undefined) return;
  event.preventDefault();
  const tab = tabs[(target + tabs.length) % tabs.length];
  if (tab === undefined) return;
  tab.focus();
  actions.select(Number(tab.dataset['terminal']), true);
}
