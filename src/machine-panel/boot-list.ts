// A boot in progress: its phases by name, each with its seconds and its usual time on this host.
import type { BootPhase, VmView } from '../../server/protocol/messages.ts';
import { make, setText } from '../lab-panel/make-element.ts';
import { text } from '../session/page-texts.ts';
import { duration, elapsed } from '../session/time-words.ts';
import { bootRows, bootTotal, type BootRow } from './boot-model.ts';

export interface BootList {
  element: HTMLElement;
  show(vm: VmView): void;
}

/** Shown, and readable by screen readers, but not announced each second: the machine's first line announces each phase once. */
export function makeBootList(): BootList {
  const list = make('ol', { attributes: { 'aria-label': text('lab.vm.boot.label') } });
  const usual = make('p', { class: 'machine-note' });
  const element = make('div', { class: 'boot-list' }, [list, usual]);
  let shown = '';
  return {
    element,
    show: (vm) => {
      const rows = bootRows(vm, Date.now());
      element.hidden = rows.length === 0;
      const key = rows.map(({ phase }) => phase).join();
      if (key !== shown) list.replaceChildren(...rows.map(() => make('li', {}, [make('span'), ' ', make('span')])));
      shown = key;
      setText(usual, usualWords(vm));
      for (const [at, row] of rows.entries()) fill(list.children[at], row);
    },
  };
}

/** "34 s" while it boots; "booted in 48 s" after a boot; empty when none was seen. */
export function bootTimeWords(vm: VmView): string {
  const total = bootTotal(vm, Date.now());
  if (total === undefined || vm.goesDown === true) return '';
  if (vm.phase === 'ready') return text('lab.vm.boot.took', { time: duration(total) });
  return elapsed(total);
}

/** "usually 52 s" while it boots; empty when nobody knows. */
export function bootUsualWords(vm: VmView): string {
  if (vm.phase === 'ready' || vm.usualBoot === undefined || bootTotal(vm, Date.now()) === undefined) return '';
  return text('lab.vm.boot.willTake', { usual: elapsed(vm.usualBoot.totalMs) });
}

function usualWords({ usualBoot }: VmView): string {
  if (usualBoot === undefined) return '';
  return text('lab.vm.boot.usual', { usual: elapsed(usualBoot.totalMs) });
}

function fill(item: Element | undefined, { phase, state, durationMs, usualMs, hasWaited }: BootRow): void {
  if (!(item instanceof HTMLElement)) return;
  item.dataset['state'] = state;
  const [name, time] = item.children;
  if (name !== undefined) setText(name, phaseName(phase));
  if (time === undefined) return;
  const usual = usualMs === undefined ? '' : elapsed(usualMs);
  if (hasWaited === true && durationMs !== undefined)
    return setText(time, text('lab.vm.boot.waited', { time: elapsed(durationMs) }));
  if (durationMs === undefined) setText(time, usual === '' ? '' : text('lab.vm.boot.willTake', { usual }));
  else if (usual === '') setText(time, elapsed(durationMs));
  else setText(time, text('lab.vm.boot.takes', { time: elapsed(durationMs), usual }));
}

function phaseName(phase: BootPhase): string {
  return text(`lab.vm.phase.${phase}`);
}
