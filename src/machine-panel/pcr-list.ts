// The PCRs of a machine's TPM: short values in a grid, and below it the full value of the one that has the focus or the pointer.
import type { MachineWindow } from '../../server/protocol/messages.ts';
import { make, setText } from '../lab-panel/make-element.ts';
import { text } from '../session/page-texts.ts';
import { pcrMeaning, shortHex } from './window-model.ts';

type Pcr = MachineWindow['pcrs'][number];

export interface PcrList {
  element: HTMLElement;
  show(pcrs: Pcr[]): void;
}

export function makePcrList(signal: AbortSignal): PcrList {
  const list = make('ul', {
    class: 'pcr-list',
    attributes: { role: 'listbox', 'aria-label': text('lab.window.pcrs'), 'aria-orientation': 'horizontal' },
  });
  const whole = make('p', { class: 'pcr-whole', text: text('lab.window.pcrHelp') });
  let shown = '';
  let pcrs: Pcr[] = [];
  const point = (target: EventTarget | null) => {
    const at = [...list.children].indexOf(target instanceof Element ? (target.closest('li') ?? list) : list);
    const pcr = pcrs[at];
    if (pcr !== undefined) setText(whole, wholeWords(pcr));
  };
  list.addEventListener('pointerover', (event) => point(event.target), { signal });
  list.addEventListener(
    'focusin',
    (event) => {
      point(event.target);
      for (const item of list.children) {
        const isHere = item === event.target;
        item.setAttribute('aria-selected', String(isHere));
        (item as HTMLElement).tabIndex = isHere ? 0 : -1;
      }
    },
    { signal },
  );
  list.addEventListener('keydown', (event) => moveByKey(event, list), { signal });
  return {
    element: make('div', {}, [list, whole]),
    show: (now) => {
      const state = JSON.stringify(now);
      if (state === shown) return;
      shown = state;
      pcrs = now;
      const focused = [...list.children].indexOf(document.activeElement ?? list);
      list.replaceChildren(...now.map((pcr, at) => makeItem(pcr, at === Math.max(0, focused))));
      if (focused >= 0) list.querySelectorAll('li')[focused]?.focus();
    },
  };
}

function makeItem(pcr: Pcr, isTabStop: boolean): HTMLElement {
  const item = make('li', { attributes: { role: 'option', 'aria-label': wholeWords(pcr), 'aria-selected': 'false' } }, [
    make('span', { class: 'pcr-index', text: String(pcr.index) }),
    make('code', { text: shortHex(pcr.value) }),
  ]);
  if (pcr.changed) item.append(make('span', { class: 'pcr-changed', text: text('lab.window.changed') }));
  item.classList.toggle('changed', pcr.changed);
  item.tabIndex = isTabStop ? 0 : -1;
  return item;
}

function wholeWords({ index, value, changed }: Pcr): string {
  const key = changed ? 'lab.window.pcrChanged' : 'lab.window.pcr';
  return text(key, { index, meaning: pcrMeaning(index), value });
}

function moveByKey(event: KeyboardEvent, list: HTMLElement): void {
  const items = [...list.querySelectorAll('li')];
  const at = items.findIndex((item) => item === document.activeElement);
  // The number of columns that the grid has now: up and down move to the row above and below.
  const columns = items.filter(({ offsetTop }) => offsetTop === items[0]?.offsetTop).length;
  const targets: Record<string, number> = {
    ArrowLeft: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at - columns,
    ArrowDown: at + columns,
    Home: 0,
    End: items.length - 1,
  };
  const target = targets[event.key];
  if (at < 0 || target === undefined) return;
  event.preventDefault();
  items[Math.min(items.length - 1, Math.max(0, target))]?.focus();
}
