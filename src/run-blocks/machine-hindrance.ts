// Why a virtual machine cannot be used at the moment, in words about the machine. Pure, except for the page's texts.
import type { VmView } from '../../server/protocol/messages.ts';
import { text } from '../session/page-texts.ts';

/** The facts about a session's machine that the words need. */
export interface MachineSeen {
  title: string;
  vm?: Pick<VmView, 'power' | 'phase' | 'trouble' | 'wantsTouch' | 'goesDown'>;
}

/**
 * Whether a program on a machine's console may read what is typed: a shell, or for keys any program that asks. While a system
 * starts, that is not certain, and the terminal itself says whether it is at a prompt.
 * @param vm absent for a container, which always has
 */
export function takesInput(vm: Pick<VmView, 'power' | 'phase'> | undefined, isKeys: boolean): boolean {
  if (vm === undefined) return true;
  if (vm.power === 'off') return false;
  return isKeys || vm.phase === 'system' || vm.phase === 'ready';
}

/**
 * One sentence with what to do: "desktop is waiting for its passphrase or PIN; type it at the console".
 * @returns undefined when the machine is up, is a container, or is not known
 */
export function machineHindrance(machine: MachineSeen | undefined): string | undefined {
  const { title, vm } = machine ?? {};
  if (title === undefined || vm === undefined) return undefined;
  const values = { machine: title };
  if (vm.trouble !== undefined) return text('lab.machine.trouble', values);
  if (vm.power === 'off') return text('lab.machine.off', values);
  if (vm.phase === 'ready') return vm.goesDown === true ? text('lab.machine.goesDown', values) : undefined;
  if (vm.wantsTouch) return text('lab.machine.touch', values);
  if (vm.phase === 'unlock') return text('lab.machine.locked', values);
  const phase = text(vm.phase === undefined ? 'lab.vm.starting' : `lab.vm.phase.${vm.phase}`);
  return text('lab.machine.boots', { ...values, phase });
}
