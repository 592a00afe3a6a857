// Asks before something that cannot be undone.
import type { Question } from '../page/text-key.ts';
import { text } from '../session/page-texts.ts';
import { make, makeButton } from './make-element.ts';

/**
 * Asks with the texts `<key>.title`, `.text`, `.yes`. Escape and *Cancel* mean no.
 * @param place where the dialog is put while it is open
 */
export function confirmDialog(place: HTMLElement, key: Question): Promise<boolean> {
  return new Promise((resolve) => {
    const open = new AbortController();
    const { signal } = open;
    const answer = (isYes: boolean) => dialog.close(isYes ? 'yes' : '');
    const dialog = make(
      'dialog',
      {
        class: 'lab-dialog',
        attributes: { 'aria-labelledby': 'lab-confirm-title', 'aria-describedby': 'lab-confirm-text' },
      },
      [
        make('h2', { text: text(`${key}.title`), attributes: { id: 'lab-confirm-title' } }),
        make('p', { text: text(`${key}.text`), attributes: { id: 'lab-confirm-text' } }),
        make('div', { class: 'lab-dialog-end' }, [
          makeButton(text('lab.action.cancel'), 'button', () => answer(false), signal),
          makeButton(text(`${key}.yes`), 'button primary', () => answer(true), signal),
        ]),
      ],
    );
    dialog.addEventListener(
      'close',
      () => {
        open.abort();
        dialog.remove();
        resolve(dialog.returnValue === 'yes');
      },
      { once: true },
    );
    place.append(dialog);
    dialog.showModal();
  });
}
