// What the reader can do about each trouble of a machine: one action. Pure.
import type { VmTrouble, VmView } from '../../server/protocol/messages.ts';

/** `console`: look at the serial console. `restart`: power off, then on. The others do what their names say. */
export type Remedy = 'reset' | 'start' | 'console' | 'undo' | 'resetLab' | 'restart';

export function remedyOf(vm: Pick<VmView, 'power' | 'tampered'>, trouble: VmTrouble): Remedy {
  switch (trouble) {
    case 'panic':
      return 'reset';
    case 'stuck':
    case 'emergency':
      return 'console';
    case 'no-boot':
      // Reported by Secure Boot, or because a boot loader is missing: tampering is the likely cause.
      return vm.tampered.length > 0 ? 'undo' : 'reset';
    case 'disk-full':
      return 'resetLab';
    case 'tpm-lost':
    case 'qemu-lost':
      // Both are programs outside the guest, which a start restarts: so power off, if the machine is still on, then on.
      return vm.power === 'off' ? 'start' : 'restart';
  }
}
