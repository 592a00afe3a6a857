// The first line of a machine's window: its name, the progress of its boot, the button for touching the key, and the one that
// unfolds the rest.
import { make, makeButton, setText } from '../lab-panel/make-element.ts';
import { setUsable } from '../page/usable-button.ts';
import { text } from '../session/page-texts.ts';
import type { VirtualMachine } from '../session/machine-actions.ts';
import { bootTimeWords, bootUsualWords } from './boot-list.ts';
import { bootState, phaseCount } from './boot-model.ts';

export interface MachineHead {
  element: HTMLElement;
  show(machine: VirtualMachine, isOpen: boolean, isBusy: boolean): void;
}

export interface HeadActions {
  toggle(): void;
  touch(): void;
}

export function makeMachineHead(
  title: string,
  factsId: string,
  actions: HeadActions,
  signal: AbortSignal,
): MachineHead {
  const word = make('span', { class: 'lab-word' });
  const line = make('span', { class: 'machine-line', attributes: { role: 'img' } });
  line.append(...Array.from({ length: phaseCount }, () => make('i')));
  const time = make('span', { class: 'machine-note' });
  const acceleration = make('span', { class: 'machine-note' });
  const usual = make('span', { class: 'machine-note' });
  const touch = makeButton(text('lab.touch.button'), 'button', actions.touch, signal);
  touch.title = text('lab.touch.what');
  const toggle = makeButton('', 'lab-quiet', actions.toggle, signal);
  toggle.setAttribute('aria-controls', factsId);
  const told = make('span', { class: 'sr-only', attributes: { role: 'status' } });
  const element = make('div', { class: 'machine-head' }, [
    make('span', { class: 'machine-name', text: title }),
    word,
    line,
    time,
    // Whatever of this has no room is left out, the last first.
    make('span', { class: 'machine-extra' }, [acceleration, usual]),
    make('span', { class: 'machine-head-end' }, [touch, toggle]),
    told,
  ]);
  return {
    element,
    show: ({ vm }, isOpen, isBusy) => {
      const { word: key, tone, reached } = bootState(vm);
      const phase = text(key);
      setText(word, phase);
      word.dataset['tone'] = tone;
      setText(told, text('lab.vm.told', { machine: title, word: vm.wantsTouch ? text('lab.touch.waits') : phase }));
      line.setAttribute('aria-label', text('lab.vm.progress', { phase, number: reached, total: phaseCount }));
      line.dataset['tone'] = tone;
      for (const [at, part] of [...line.children].entries()) part.classList.toggle('reached', at < reached);
      setText(time, bootTimeWords(vm));
      time.hidden = time.textContent === '';
      setText(usual, bootUsualWords(vm));
      setText(acceleration, text(`lab.vm.accelerationShort.${vm.acceleration}`));
      acceleration.title = text(`lab.vm.acceleration.${vm.acceleration}`);
      touch.hidden = !vm.hasSecurityKey;
      setUsable(touch, vm.wantsTouch && !isBusy);
      touch.classList.toggle('primary', vm.wantsTouch);
      setText(toggle, text(isOpen ? 'lab.vm.close' : 'lab.vm.open'));
      toggle.setAttribute('aria-expanded', String(isOpen));
    },
  };
}
