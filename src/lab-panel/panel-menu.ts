// *More*, the header's menu on narrow screens: for what the header has no room there. Wide screens never show it.
import { setUsable } from '../page/usable-button.ts';
import { text } from '../session/page-texts.ts';
import { make, makeButton } from './make-element.ts';

export interface MenuActions {
  extend(): void;
  reset(): void;
  end(): void;
}

export interface PanelMenu {
  button: HTMLButtonElement;
  list: HTMLElement;
  /** @param canExtend whether the server allows more time @param isUsable whether the lab is connected */
  show(isRunning: boolean, canExtend: boolean, isUsable: boolean): void;
}

/** Space between the button and its list. */
const gapPx = 6;

export function makePanelMenu(actions: MenuActions, signal: AbortSignal): PanelMenu {
  // Closed first, because closing returns the focus to the menu's button, which then has it again after a question.
  const item = (label: string, act: () => void) => {
    const chosen = () => {
      list.hidePopover();
      act();
    };
    return makeButton(label, 'button', chosen, signal);
  };
  const extend = item(text('lab.action.extend'), actions.extend);
  const reset = item(text('lab.settings.reset'), actions.reset);
  const end = item(text('lab.settings.end'), actions.end);
  const list = make('div', { class: 'lab-menu', attributes: { popover: 'auto', id: 'lab-menu' } }, [
    extend,
    reset,
    end,
  ]);
  // The browser opens and closes the menu, and tells screen readers.
  const button = make('button', {
    class: 'button lab-more',
    text: text('lab.action.more'),
    attributes: { type: 'button' },
  });
  button.popoverTargetElement = list;
  list.addEventListener('beforetoggle', () => place(list, button), { signal });
  list.addEventListener(
    'toggle',
    ({ newState }) => newState === 'open' && [extend, reset, end].find(({ hidden }) => !hidden)?.focus(),
    { signal },
  );
  return {
    button,
    list,
    show: (isRunning, canExtend, isUsable) => {
      button.hidden = !isRunning;
      if (!isRunning && list.matches(':popover-open')) list.hidePopover();
      extend.hidden = !canExtend;
      for (const one of [extend, reset, end]) setUsable(one, isUsable);
    },
  };
}

/** The header may be at the top, middle or bottom of the window: the list opens where there is more room. */
function place(list: HTMLElement, button: HTMLElement): void {
  const { top, bottom, right } = button.getBoundingClientRect();
  const isLow = top > innerHeight - bottom;
  list.style.insetBlock = isLow ? `auto ${innerHeight - top + gapPx}px` : `${bottom + gapPx}px auto`;
  list.style.insetInline = `auto ${Math.max(0, innerWidth - right)}px`;
}
