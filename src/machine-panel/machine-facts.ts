// What was read from inside a machine: its boot, its PCRs, its disks and what opens them.
import type { MachineWindow, WindowDisk } from '../../server/protocol/messages.ts';
import { make, makeButton, setText } from '../lab-panel/make-element.ts';
import { markEdges } from '../lab-panel/scroll-edges.ts';
import { setUsable } from '../page/usable-button.ts';
import { text } from '../session/page-texts.ts';
import type { VirtualMachine } from '../session/machine-actions.ts';
import { makePcrList } from './pcr-list.ts';
import { changedPcrs, isOfEarlierBoot, lockWords, shortHex, sizeWords, slotWords } from './window-model.ts';

export interface MachineFacts {
  element: HTMLElement;
  /** @param isReading a reading was requested and has not arrived yet */
  show(machine: VirtualMachine, isReading: boolean): void;
}

export function makeMachineFacts(readAgain: () => void, signal: AbortSignal): MachineFacts {
  const readAt = make('span', { class: 'machine-read-at' });
  const again = makeButton(text('lab.window.again'), 'lab-quiet', readAgain, signal);
  const boot = make('dl', { class: 'machine-boot' });
  const kernelArguments = make('p', {}, [make('code')]);
  const pcrs = makePcrList(signal);
  const pcrNote = make('span', { class: 'machine-note' });
  const disks = make('ul', { class: 'machine-disks' });
  const pcrPart = part(text('lab.window.pcrs'), [pcrNote], [pcrs.element]);
  const read = make('div', { class: 'machine-read' }, [
    make('div', {}, [
      part(text('lab.window.boot'), [], [boot]),
      part(text('lab.window.disks'), [], [disks]),
      part(text('lab.window.arguments'), [], [kernelArguments]),
    ]),
    pcrPart,
  ]);
  const element = make('div', { class: 'machine-facts' }, [
    make('div', { class: 'machine-read-line' }, [readAt, again]),
    read,
  ]);
  markEdges(element, signal);
  let shown = '';
  return {
    element,
    show: ({ vm }, isReading) => {
      const { window } = vm;
      setText(readAt, isReading ? text('lab.window.reading') : readWords(window, vm));
      setUsable(again, !isReading && vm.phase === 'ready');
      readAt.classList.toggle('old', window !== undefined && isOfEarlierBoot(window, vm));
      read.hidden = window === undefined;
      if (window === undefined) return;
      pcrPart.hidden = !vm.hasTpm;
      pcrs.show(window.pcrs);
      setText(pcrNote, changeWords(window));
      const state = JSON.stringify([window.secureBoot, window.deployment, window.kernelArguments, window.disks]);
      if (state === shown) return;
      shown = state;
      setText(kernelArguments.firstElementChild ?? kernelArguments, window.kernelArguments);
      boot.replaceChildren(...bootRows(window));
      disks.replaceChildren(...window.disks.map(makeDisk));
    },
  };
}

function part(title: string, notes: HTMLElement[], content: HTMLElement[]): HTMLElement {
  return make('section', {}, [
    make(
      'h3',
      { text: title },
      notes.flatMap((note) => [' ', note]),
    ),
    ...content,
  ]);
}

function readWords(window: MachineWindow | undefined, vm: VirtualMachine['vm']): string {
  if (window === undefined) return text('lab.window.notRead');
  const time = new Date(window.readAt).toLocaleTimeString(document.documentElement.lang, {
    timeStyle: 'medium',
    hourCycle: 'h23',
  });
  return text(isOfEarlierBoot(window, vm) ? 'lab.window.readBefore' : 'lab.window.readAt', { time });
}

function changeWords(window: MachineWindow): string {
  if (window.pcrs.length === 0) return text('lab.window.pcrsUnread');
  const changed = changedPcrs(window);
  if (changed.length === 0) return text('lab.window.unchanged');
  return text('lab.window.changedCount', { indices: changed.join(', ') });
}

function bootRows({ secureBoot, deployment }: MachineWindow): HTMLElement[] {
  const state = make('strong', { text: text(`lab.window.secureBoot.${secureBoot}`) });
  state.dataset['secureBoot'] = secureBoot;
  const tree =
    deployment === undefined
      ? [text('lab.window.deploymentNone')]
      : [
          deployment.version,
          ' ',
          make('code', { text: shortHex(deployment.checksum), attributes: { title: deployment.checksum } }),
        ];
  return [...row(text('lab.window.secureBoot'), [state]), ...row(text('lab.window.deployment'), tree)];
}

function row(name: string, value: (Node | string)[]): HTMLElement[] {
  return [make('dt', { text: name }), make('dd', {}, value)];
}

function makeDisk(disk: WindowDisk): HTMLElement {
  const { device, sizeBytes, luks } = disk;
  const element = make('li', {}, [
    make('code', { text: device }),
    ' ',
    make('span', { class: 'machine-note', text: `${sizeWords(sizeBytes)}, ${lockWords(disk)}` }),
  ]);
  if (luks === undefined || luks.slots.length === 0) return element;
  const slots = luks.slots.map((slot) => make('li', { text: slotWords(slot) }));
  element.append(
    make('ul', { attributes: { 'aria-label': text('lab.window.slots', { device }), title: luks.uuid } }, slots),
  );
  return element;
}
