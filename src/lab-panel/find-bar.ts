// Search in the terminal that is shown, scrollback included.
import type { ISearchResultChangeEvent, SearchAddon } from '@xterm/addon-search';
import { text } from '../session/page-texts.ts';
import { terminalSettings } from '../terminal/terminal-settings.ts';
import { searchColours } from '../terminal/terminal-themes.ts';
import { make, makeButton } from './make-element.ts';

export interface FindBar {
  element: HTMLElement;
  open(): void;
  close(): void;
}

/** The terminal that is shown, as far as it can be searched. */
export interface Searched {
  search: SearchAddon;
  /** The line in which the search has selected something. */
  selectedLine: string;
}

/** @param searched called each time, because the terminal may change */
export function makeFindBar(searched: () => Searched | undefined, onClose: () => void, signal: AbortSignal): FindBar {
  const field = make('input', {
    attributes: { type: 'search', id: 'lab-find', autocomplete: 'off', spellcheck: 'false' },
  });
  const result = make('span', { class: 'lab-find-result', attributes: { role: 'status' } });
  const find = (isBack: boolean, isTyping = false) => {
    const terminal = searched();
    if (terminal === undefined) return;
    const { search } = terminal;
    const decorations = searchColours(terminalSettings().theme, document.documentElement.dataset['theme'] === 'dark');
    const options = { decorations, incremental: isTyping && !isBack };
    let results: ISearchResultChangeEvent | undefined;
    const counting = search.onDidChangeResults((counted) => (results = counted));
    const isFound =
      field.value !== '' &&
      (isBack ? search.findPrevious(field.value, options) : search.findNext(field.value, options));
    counting.dispose();
    // Made anew each time, so that the same result is announced again when the reader asks again.
    if (field.value === '') result.replaceChildren();
    else if (isFound) result.replaceChildren(...found(results, terminal.selectedLine));
    else result.replaceChildren(text('lab.find.nothing'));
  };
  const close = () => {
    if (element.hidden) return;
    element.hidden = true;
    searched()?.search.clearDecorations();
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

/** The place is visible; the line is for screen readers, because everybody else sees it highlighted. */
function found(results: ISearchResultChangeEvent | undefined, line: string): (string | HTMLElement)[] {
  // Beyond a thousand, the search counts no further.
  const isCounted = results !== undefined && results.resultIndex >= 0;
  const place = isCounted
    ? text('lab.find.place', { place: results.resultIndex + 1, count: results.resultCount })
    : text('lab.find.many');
  return [place, make('span', { class: 'sr-only', text: text('lab.find.inLine', { line }) })];
}
