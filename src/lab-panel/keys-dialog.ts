// A list of the keys that belong to the page, one press away from the terminal, which takes all others.
import { text } from '../session/page-texts.ts';
import { make, makeButton } from './make-element.ts';

const chords = ['enter', 'leave', 'leaveToo', 'runNext', 'copy', 'paste', 'find'] as const;

/** A dialog element; open it with `showModal()`. */
export function makeKeysDialog(signal: AbortSignal): HTMLDialogElement {
  const dialog = make('dialog', { class: 'lab-dialog', attributes: { 'aria-labelledby': 'lab-keys-title' } });
  dialog.append(
    make('h2', { text: text('lab.keysDialog.title'), attributes: { id: 'lab-keys-title' } }),
    make(
      'dl',
      { class: 'lab-key-list' },
      chords.flatMap((chord) => [
        make('dt', {}, [make('kbd', { text: text(`lab.chord.${chord}`) })]),
        make('dd', { text: text(`lab.chordDoes.${chord}`) }),
      ]),
    ),
    make('p', { text: text('lab.keysDialog.text') }),
    make('p', { text: text('lab.keysDialog.browse') }),
    make('div', { class: 'lab-dialog-end' }, [
      makeButton(text('lab.keysDialog.close'), 'button primary', () => dialog.close(), signal),
    ]),
  );
  return dialog;
}
