// *Tamper*: what somebody with physical access to the machine could do, each with a sentence, and how to undo it.
import { firmwareAllows, tamperKinds } from '../../server/protocol/machine-actions.ts';
import type { TamperKind, VmView } from '../../server/protocol/messages.ts';
import { make, makeButton, setText } from '../lab-panel/make-element.ts';
import { nameButton } from '../page/button-name.ts';
import { setUsable } from '../page/usable-button.ts';
import { text } from '../session/page-texts.ts';

export interface TamperDialog {
  element: HTMLDialogElement;
  show(vm: VmView, isBusy: boolean): void;
}

/** A dialog element; open it with `showModal()`. @param machine the machine's name, for ids */
export function makeTamperDialog(
  machine: string,
  tamper: (kind: TamperKind | 'undo') => void,
  signal: AbortSignal,
): TamperDialog {
  const titleId = `lab-tamper-${machine}`;
  const dialog = make('dialog', { class: 'lab-dialog tamper-dialog', attributes: { 'aria-labelledby': titleId } });
  const act = (kind: TamperKind | 'undo') => {
    dialog.close();
    tamper(kind);
  };
  const rows = tamperKinds.map((kind) => makeRow(kind, () => act(kind), signal));
  const state = make('span', { class: 'tamper-state' });
  const undo = makeButton(text('lab.tamper.undoAll'), 'button', () => act('undo'), signal);
  const close = makeButton(text('lab.tamper.close'), 'button primary', () => dialog.close(), signal);
  dialog.append(
    make('h2', { text: text('lab.tamper.label'), attributes: { id: titleId } }),
    make('p', { text: text('lab.tamper.intro') }),
    make(
      'ul',
      { class: 'tamper-list' },
      rows.map(({ element }) => element),
    ),
    make('div', { class: 'lab-dialog-end' }, [state, undo, close]),
  );
  return {
    element: dialog,
    show: (vm, isBusy) => {
      for (const row of rows) row.show(vm.tampered.includes(row.kind), isBusy, vm);
      const names = [...new Set(vm.tampered)].map((kind) => text(`lab.tamper.${kind}.short`)).join(', ');
      setText(state, names === '' ? text('lab.tamper.none') : text('lab.tamper.list', { kinds: names }));
      setUsable(undo, !isBusy && vm.tampered.length > 0);
    },
  };
}

function makeRow(kind: TamperKind, act: () => void, signal: AbortSignal) {
  const done = make('span', { class: 'lab-word', text: text('lab.tamper.done') });
  done.dataset['tone'] = 'wait';
  const button = makeButton('', 'button', act, signal);
  const name = text(`lab.tamper.${kind}`);
  button.dataset['of'] = name;
  const element = make('li', {}, [
    make('div', {}, [make('strong', { text: name }), ' ', done, make('p', { text: text(`lab.tamper.${kind}.what`) })]),
    button,
  ]);
  return {
    kind,
    element,
    show: (isDone: boolean, isBusy: boolean, vm: VmView) => {
      done.hidden = !isDone;
      nameButton(button, text(isDone ? 'lab.tamper.again' : 'lab.tamper.do'));
      setUsable(button, !isBusy);
      // Tampering that the server would always refuse is not offered.
      element.hidden = !firmwareAllows(vm.firmware, kind);
    },
  };
}
