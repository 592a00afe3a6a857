// The window of a machine as rows and short values. Pure; the words around them come from the page.
import type { MachineWindow, WindowDisk } from '../../server/protocol/messages.ts';
import { knownText, text } from '../session/page-texts.ts';

// Eight digits are enough to distinguish the values of one machine and leave room for four columns.
const shownDigits = 8;
const gibi = 1024 ** 3;
const mebi = 1024 ** 2;

export function shortHex(value: string): string {
  return value.slice(0, shownDigits);
}

/** What a PCR measures, in a few words. */
export function pcrMeaning(index: number): string {
  return knownText(`lab.pcr.${index}`) ?? text('lab.pcr.other');
}

/** "PCR 4, 7", or nothing. */
export function changedPcrs({ pcrs }: MachineWindow): number[] {
  return pcrs.filter(({ changed }) => changed).map(({ index }) => index);
}

/** "1.5 GiB", "256 MiB". */
export function sizeWords(bytes: number): string {
  if (bytes < gibi) return `${Math.round(bytes / mebi)} MiB`;
  const size = bytes / gibi;
  return `${size < 10 ? Number(size.toFixed(1)) : Math.round(size)} GiB`;
}

type Slot = NonNullable<WindowDisk['luks']>['slots'][number];

/** "slot 1: TPM2, PCR 7+11, with PIN". */
export function slotWords({ slot, kind, pcrs, pin }: Slot): string {
  return [
    text('lab.window.slot', { slot, kind: text(`lab.window.kind.${kind}`) }),
    ...(pcrs === undefined || pcrs.length === 0 ? [] : [text('lab.window.slotPcrs', { pcrs: pcrs.join('+') })]),
    ...(pin === true ? [text('lab.window.slotPin')] : []),
  ].join(', ');
}

/** "unlocked", "locked", "not encrypted". */
export function lockWords({ luks }: WindowDisk): string {
  if (luks === undefined) return text('lab.window.plain');
  return text(luks.isOpen ? 'lab.window.luksOpen' : 'lab.window.luksClosed');
}

/** Whether a reading belongs to an earlier boot: the machine has been off or has booted again since. */
export function isOfEarlierBoot(window: MachineWindow, vm: { phase?: string; since: number }): boolean {
  return vm.phase !== 'ready' || window.readAt < vm.since;
}
