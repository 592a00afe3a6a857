// The line below a machine's name: power, tampering, and what to do about trouble.
import { firmwareAllows, powerActions, tamperKinds } from '../../server/protocol/machine-actions.ts';
import type { PowerAction, VmView } from '../../server/protocol/messages.ts';
import { make, makeButton, setText } from '../lab-panel/make-element.ts';
import type { Question } from '../page/text-key.ts';
import { setUsable } from '../page/usable-button.ts';
import { text } from '../session/page-texts.ts';
import type { VirtualMachine } from '../session/machine-actions.ts';
import { powerChoices } from './power-model.ts';
import { remedyOf, type Remedy } from './trouble-model.ts';

export interface MachineTools {
  element: HTMLElement;
  /** The strip that names a trouble; it is separate, so that it is visible while the rest is folded. */
  trouble: HTMLElement;
  /** The strip of a boot menu that waits, in the same place. */
  menu: HTMLElement;
  show(machine: VirtualMachine, isBusy: boolean): void;
}

export interface ToolActions {
  /** @param question key of the question to ask first */
  power(action: PowerAction, question: Question | undefined): void;
  openTamper(): void;
  mend(remedy: Remedy): void;
}

export function makeMachineTools(title: string, actions: ToolActions, signal: AbortSignal): MachineTools {
  let vm: VmView | undefined;
  let isBusy = false;
  const press = (action: PowerAction) => {
    const choice = vm && powerChoices(vm, isBusy).find((one) => one.action === action);
    if (choice?.isEnabled === true) actions.power(action, choice.question);
  };
  const buttons = powerActions.map((action) => {
    const button = makeButton(text(`lab.power.${action}`), 'button', () => press(action), signal);
    button.title = text(`lab.power.${action}.what`);
    return { action, button };
  });
  const tamper = makeButton(text('lab.tamper.label'), 'button', actions.openTamper, signal);
  tamper.setAttribute('aria-haspopup', 'dialog');
  const tampered = make('span', { class: 'machine-tampered' });
  const group = {
    class: 'machine-power',
    attributes: { role: 'group', 'aria-label': text('lab.power.label', { machine: title }) },
  };
  const element = make('div', { class: 'machine-tools' }, [
    make(
      'span',
      group,
      buttons.map(({ button }) => button),
    ),
    make('span', { class: 'machine-tamper' }, [tampered, tamper]),
  ]);
  const sentence = make('p', { class: 'lab-sentence' });
  let remedy: Remedy = 'reset';
  const mend = makeButton('', 'button', () => actions.mend(remedy), signal);
  const detail = make('div', { class: 'lab-detail' });
  const said = make('div', { class: 'machine-trouble' }, [sentence, detail]);
  const trouble = make('div', { class: 'lab-notice lab-strip', attributes: { role: 'status' } }, [said, mend]);
  trouble.dataset['tone'] = 'fail';
  const showConsole = makeButton(text('lab.vm.remedy.console'), 'button', () => actions.mend('console'), signal);
  const menu = make('div', { class: 'lab-notice lab-strip', attributes: { role: 'status' } }, [
    make('p', { class: 'lab-sentence', text: text('lab.vm.menuWaits') }),
    showConsole,
  ]);
  return {
    element,
    trouble,
    menu,
    show: (machine, busy) => {
      ({ vm } = machine);
      isBusy = busy;
      for (const choice of powerChoices(vm, busy)) {
        const button = buttons.find(({ action }) => action === choice.action)?.button;
        if (button !== undefined) setUsable(button, choice.isEnabled);
      }
      const { firmware } = vm;
      tamper.hidden = !tamperKinds.some((kind) => firmwareAllows(firmware, kind));
      setText(tampered, tamperedWords(vm));
      trouble.hidden = vm.trouble === undefined;
      menu.hidden = vm.waitsAtMenu !== true || vm.trouble !== undefined;
      if (vm.trouble === undefined) return;
      remedy = remedyOf(vm, vm.trouble);
      setText(sentence, text(`lab.vm.trouble.${vm.trouble}`));
      setText(detail, vm.detail ?? '');
      detail.hidden = vm.detail === undefined;
      setText(mend, text(`lab.vm.remedy.${remedy}`));
      setUsable(mend, !busy);
    },
  };
}

/** "Tampered: boot loader, other machine"; empty when nothing has been tampered with. */
function tamperedWords({ tampered }: VmView): string {
  if (tampered.length === 0) return '';
  const kinds = [...new Set(tampered)].map((kind) => text(`lab.tamper.${kind}.short`)).join(', ');
  return text('lab.tamper.list', { kinds });
}
