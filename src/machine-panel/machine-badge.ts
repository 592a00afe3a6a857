// What a machine does, in a word for the panel's first line, where the machine's own line is not in sight. Pure but for the texts.
import type { Tone } from '../lab-panel/notice.ts';
import type { VirtualMachine } from '../session/machine-actions.ts';
import { text } from '../session/page-texts.ts';
import { bootTimeWords } from './boot-list.ts';
import { bootState } from './boot-model.ts';

export interface MachineBadge {
  words: string;
  tone: Tone;
}

/** @returns of the first machine that is not simply up: "Boot loader, 12 s"; undefined when all are */
export function machineBadge(machines: VirtualMachine[]): MachineBadge | undefined {
  for (const { title, vm } of machines) {
    const { word, tone } = bootState(vm);
    if (tone === 'ok') continue;
    // A wait for a person has no time that matters.
    const time = tone === 'wait' || vm.phase === 'ready' ? '' : bootTimeWords(vm);
    const words = time === '' ? text(word) : text('lab.vm.badgeTime', { word: text(word), time });
    return { words: machines.length === 1 ? words : text('lab.vm.badge', { machine: title, word: words }), tone };
  }
  return undefined;
}
