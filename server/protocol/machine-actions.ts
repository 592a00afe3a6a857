// What can be done to a virtual machine from outside, as values: for validation on the server and buttons on the page.
import type { TamperKind, VmView } from './messages.ts';

/** `stop` asks the system to shut down; `unplug` and `reset` do not ask. */
export const powerActions = ['start', 'stop', 'reset', 'unplug'] as const;

/** See the lesson on what breaks automatic unlocking. */
export const tamperKinds = ['command-line', 'boot-loader', 'secure-boot', 'other-machine', 'firmware'] as const;

/** Whether a machine's firmware has what a kind of tampering changes: something that is already off cannot be switched off. */
export function firmwareAllows(firmware: VmView['firmware'], kind: TamperKind): boolean {
  if (kind === 'secure-boot' || kind === 'firmware') return firmware === 'uefi-secure-boot';
  return firmware !== 'bios';
}
