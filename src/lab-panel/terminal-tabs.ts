// One tab for each terminal and each other view of the lab, and a button for another terminal. Arrow keys move, Delete closes.
import type { MachineView, SessionView, TerminalView } from '../../server/protocol/messages.ts';
import { nameButton } from '../page/button-name.ts';
import { text } from '../session/page-texts.ts';
import { make, makeButton } from './make-element.ts';
import { markEdges } from './scroll-edges.ts';

export interface TabActions {
  /** @param key of the tab, see `TabView` */
  select(key: string, isByKey: boolean): void;
  open(machine: string): void;
  close(terminal: number): void;
}

/** A tab that is not a terminal: a machine's screen, or its window on narrow screens. */
export interface ExtraTab {
  key: string;
  title: string;
}

/** A tab as it is drawn. */
interface TabView extends ExtraTab {
  /** The terminal, if it may be closed. */
  closes?: number;
  hasEnded: boolean;
}

export interface TerminalTabs {
  element: HTMLElement;
  show(session: SessionView | undefined, extras: ExtraTab[], selected: string | undefined): void;
  focus(): void;
}

export function terminalKey(terminal: number): string {
  return `terminal-${terminal}`;
}

/** The terminal of a tab; undefined for other tabs. */
export function terminalOf(key: string): number | undefined {
  const number = /^terminal-(\d+)$/.exec(key)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** Id of the panel that a tab shows. */
export function panelIdOf(key: string): string {
  return `lab-${key}`;
}

export function tabIdOf(key: string): string {
  return `lab-tab-${key}`;
}

/** @param tools buttons at the end of the row */
export function makeTerminalTabs(actions: TabActions, tools: HTMLElement[], signal: AbortSignal): TerminalTabs {
  const list = make('div', {
    class: 'lab-tabs',
    attributes: { role: 'tablist', 'aria-label': text('lab.tabs.label') },
  });
  const adders = make('span', { class: 'lab-adders' });
  let closes: number | undefined;
  const close = makeButton(
    text('lab.tabs.close'),
    'lab-quiet',
    () => closes !== undefined && actions.close(closes),
    signal,
  );
  const element = make('div', { class: 'lab-tab-row' }, [
    make('div', { class: 'lab-tabs-box' }, [list]),
    adders,
    make('span', { class: 'lab-tools' }, [close, ...tools]),
  ]);
  list.addEventListener('keydown', (event) => moveByKey(event, list, actions), { signal });
  markEdges(list, signal);
  let shown = '';
  return {
    element,
    focus: () => list.querySelector<HTMLElement>('[aria-selected="true"]')?.focus(),
    show: (session, extras, now) => {
      const tabs = tabsOf(session?.terminals ?? [], extras);
      const current = tabs.find(({ key }) => key === now);
      closes = current?.closes;
      close.hidden = closes === undefined;
      close.dataset['of'] = current?.title ?? '';
      nameButton(close, text('lab.tabs.close'));
      // Redrawn only when something has changed: the focus may be on a tab.
      const machines = (session?.machines ?? []).map(({ name, title, type }) => ({ name, title, type }));
      const state = JSON.stringify([tabs, now, machines]);
      if (state === shown) return;
      shown = state;
      const hadFocus = list.contains(document.activeElement);
      const { scrollLeft } = list;
      list.replaceChildren(...tabs.map((tab) => makeTab(tab, tab.key === now, actions, signal)));
      adders.replaceChildren(...machines.map((machine) => makeAdder(machine, machines.length === 1, actions, signal)));
      list.scrollLeft = scrollLeft;
      reveal(list);
      if (hadFocus) list.querySelector<HTMLElement>('[aria-selected="true"]')?.focus();
    },
  };
}

/** Scrolls the line of tabs, and nothing else, to the selected one. */
function reveal(list: HTMLElement): void {
  const tab = list.querySelector<HTMLElement>('[aria-selected="true"]');
  if (tab === null) return;
  const [place, own] = [list.getBoundingClientRect(), tab.getBoundingClientRect()];
  if (own.left < place.left) list.scrollLeft -= place.left - own.left;
  else if (own.right > place.right) list.scrollLeft += own.right - place.right;
}

/** Titles from the server; the second of the same name becomes "name 2". */
export function distinctTitles(terminals: Pick<TerminalView, 'title'>[]): string[] {
  const seen = new Map<string, number>();
  return terminals.map(({ title }) => {
    const count = (seen.get(title) ?? 0) + 1;
    seen.set(title, count);
    return count === 1 ? title : `${title} ${count}`;
  });
}

/** Terminals first. A serial console cannot be closed: nothing else shows the machine's boot. */
function tabsOf(terminals: TerminalView[], extras: ExtraTab[]): TabView[] {
  const machines = new Set(terminals.flatMap(({ kind, machine }) => (kind === 'serial' ? [machine] : [])));
  const titles = distinctTitles(
    terminals.map(({ title, kind, machine }) => ({ title: titleOf(title, kind, machines.has(machine)) })),
  );
  return [
    ...terminals.map(({ number, kind, state }, at) => ({
      key: terminalKey(number),
      title: titles[at] ?? '',
      hasEnded: state === 'exited',
      ...(kind === 'serial' || terminals.length < 2 ? {} : { closes: number }),
    })),
    ...extras.map((extra) => ({ ...extra, hasEnded: false })),
  ];
}

/** Where a machine has a serial console, its other terminals are labelled as logins. */
function titleOf(title: string, kind: TerminalView['kind'], isBesideSerial: boolean): string {
  if (kind === 'serial') return text('lab.tabs.serial', { title });
  return isBesideSerial ? text('lab.tabs.login', { title }) : title;
}

function makeTab(tab: TabView, isSelected: boolean, actions: TabActions, signal: AbortSignal): HTMLElement {
  const { key, title, closes, hasEnded } = tab;
  const element = makeButton(title, 'lab-tab', () => actions.select(key, false), signal);
  element.id = tabIdOf(key);
  element.setAttribute('role', 'tab');
  element.setAttribute('aria-selected', String(isSelected));
  element.setAttribute('aria-controls', panelIdOf(key));
  element.tabIndex = isSelected ? 0 : -1;
  element.dataset['key'] = key;
  if (closes !== undefined) element.dataset['closes'] = String(closes);
  if (hasEnded) element.append(make('span', { class: 'lab-tab-ended', text: ` ${text('lab.tabs.ended')}` }));
  return element;
}

function makeAdder(
  machine: Pick<MachineView, 'name' | 'title' | 'type'>,
  isOnly: boolean,
  actions: TabActions,
  signal: AbortSignal,
): HTMLElement {
  const label = text(machine.type === 'vm' ? 'lab.tabs.openLogin' : 'lab.tabs.open', { machine: machine.title });
  const adder = makeButton(isOnly ? '+' : `+ ${machine.title}`, 'lab-quiet', () => actions.open(machine.name), signal);
  adder.setAttribute('aria-label', label);
  adder.title = label;
  return adder;
}

function moveByKey(event: KeyboardEvent, list: HTMLElement, actions: TabActions): void {
  const tabs = [...list.querySelectorAll<HTMLElement>('[role="tab"]')];
  const at = tabs.indexOf(document.activeElement as HTMLElement);
  // With Ctrl and Alt the arrows lead into the lab and out of it.
  if (at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
  const closes = tabs[at]?.dataset['closes'];
  if (event.key === 'Delete' && closes !== undefined) return actions.close(Number(closes));
  const targets: Record<string, number> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 };
  const target = targets[event.key];
  if (target === undefined) return;
  event.preventDefault();
  const tab = tabs[(target + tabs.length) % tabs.length];
  if (tab === undefined) return;
  tab.focus();
  actions.select(tab.dataset['key'] ?? '', true);
}
