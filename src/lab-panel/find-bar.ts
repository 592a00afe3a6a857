// Search in the terminal that is shown, scrollback included.
import type { SearchAddon } from '@xterm/addon-search';
import { text } from '../session/page-texts.ts';
import { terminalSettings } from '../terminal/terminal-settings.ts';
import { searchColours } from '../terminal/terminal-themes.ts';
import { make, makeButton, setText } from './make-element.ts';

export interface FindBar {
  element: HTMLElement;
  open(): void;
  close(): void;
}

/** @param search the search of the terminal that is shown; called each time, because the terminal may change */
export function makeFindBar(search: () => SearchAddon | undefined, onClose: () => void, signal: AbortSignal): FindBar {
  const field = make('input', {
    attributes: { type: 'search', id: 'lab-find', autocomplete: 'off', spellcheck: 'false' },
  });
  const result = make('span', { class: 'lab-find-result', attributes: { role: 'status' } });
  const find = (isBack: boolean, isTyping = false) => {
    const addon = search();
    if (addon === undefined) return;
    const decorations = searchColours(terminalSettings().theme, document.documentElement.dataset['theme'] === 'dark');
    const options = { decorations, incremental: isTyping && !isBack };
    const isFound =
      field.value !== '' && (isBack ? addon.findPrevious(field.value, options) : addon.findNext(field.value, options));
    setText(result, field.value === '' || isFound ? '' : text('lab.find.nothing'));
  };
  const close = () => {
    if (element.hidden) return;
    element.hidden = true;
    search()?.clearDecorations();
    onClose();
  };
  const element = make(
    'div',
    { class: 'lab-find', attributes: { role: 'search', 'aria-label': text('lab.find.label') } },
    [
      make('label', { text: text('lab.find.field'), attributes: { for: 'lab-find' } }),
      field,
      makeButton(text('lab.find.previous'), 'button', () => find(true), signal),
      makeButton(text('lab.find.next'), 'button', () => find(false), signal),
      makeButton(text('lab.find.close'), 'button', close, signal),
      result,
    ],
  );
  element.hidden = true;
  field.addEventListener('input', () => find(true, true), { signal });
  element.addEventListener(
    'keydown',
    (event) => {
      if (event.key === 'Escape') close();
      if (event.key === 'Enter' && event.target === field) find(!event.shiftKey);
    },
    { signal },
  );
  return {
    element,
    close,
    open: () => {
      element.hidden = false;
      field.focus();
      field.select();
    },
  };
}
