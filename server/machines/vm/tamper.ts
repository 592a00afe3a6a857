// What *Tamper* may do to which machine, and the call that does it while the machine is off. The work itself is a program in
// the image vm-host (files/usr/lib/lab/tamper); switching off and on is the caller's.
import { LabError } from '../../errors.ts';
import { lastWords } from '../../printable-text.ts';
import { firmwareAllows } from '../../protocol/machine-actions.ts';
import type { TamperKind } from '../../protocol/messages.ts';
import type { VmSpec } from '../engine.ts';
import { firmwareVariables } from './qemu-arguments.ts';
import { vmFiles } from './vm-place.ts';

/** Copies at most 200 MB in the container: two seconds on an idle host. */
const tamperTimeoutMs = 60_000;
/** A program that has not ended by then after its signal is killed: QEMU must not start while it is still writing. */
const killAfterMs = 1_000;
/** For starting and ending a program in a container: 0.2 s, or seconds on a crowded host. */
const callGraceMs = 15_000;

const firmwares: VmSpec['firmware'][] = ['uefi-secure-boot', 'uefi', 'bios'];

/** Runs a program in the machine's container. */
export type RunInContainer = (
  argv: string[],
  timeoutMs: number,
) => Promise<{ exitCode?: number | undefined; stderr: string }>;

/** @throws {LabError} LAB_ERR_BAD_REQUEST when a machine has nothing that this kind could change */
export function checkTamper(machine: VmSpec, kind: TamperKind | 'undo'): void {
  if (kind === 'undo') return;
  const refuse = (found: string, expected: string): never => {
    throw new LabError(
      'LAB_ERR_BAD_REQUEST',
      `machine ${machine.name} has ${found}, but tampering with ${kind} needs ${expected}; change its entry in lab.yaml, or leave it out on the page`,
    );
  };
  const { firmware } = machine;
  if (!firmwareAllows(firmware, kind)) {
    const allowed = firmwares.filter((one) => firmwareAllows(one, kind));
    refuse(`firmware ${firmware}`, allowed.join(' or '));
  }
  if ((kind === 'command-line' || kind === 'boot-loader') && machine.disks[0]?.image === undefined)
    refuse('a first disk that is blank', 'one that is made from an image');
}

/**
 * `VmView.tampered` afterwards: what has been done twice is listed once, and the other machine's firmware variables, like all
 * new ones, have Secure Boot on.
 */
export function tamperedAfter(before: readonly TamperKind[], kind: TamperKind | 'undo'): TamperKind[] {
  if (kind === 'undo') return [];
  const lasting = kind === 'other-machine' ? before.filter((each) => each !== 'secure-boot') : before;
  return lasting.includes(kind) ? [...lasting] : [...lasting, kind];
}

/**
 * Changes the files of a machine whose QEMU has ended. `firmware` changes no file: as long as `tampered` names it, QEMU has
 * to be started with the firmware's other build (`QemuPlan.hasOtherFirmware`).
 * @throws {LabError} LAB_ERR_EXEC with the program's own message; some of the machine's files may have been changed by then,
 * and `undo` works
 */
export async function tamperWithFiles(machine: VmSpec, kind: TamperKind | 'undo', run: RunInContainer): Promise<void> {
  if (kind === 'firmware') return;
  // The limit is inside the container: one outside would end only podman, and the program would go on beside the new QEMU.
  const limit = ['timeout', '-k', String(killAfterMs / 1000), String(tamperTimeoutMs / 1000)];
  const argv = [...limit, '/usr/lib/lab/tamper', kind, vmFiles(machine.name).dir, firmwareVariables(machine) ?? ''];
  const { exitCode, stderr } = await run(argv, tamperTimeoutMs + killAfterMs + callGraceMs);
  if (exitCode === 0) return;
  // timeout(1) ends with 124, or 137 when it had to kill.
  const struck = exitCode === undefined || exitCode === 124 || exitCode === 137;
  const reason = struck ? `it did not end within ${tamperTimeoutMs / 1000} s` : lastWords(stderr);
  throw new LabError('LAB_ERR_EXEC', `machine ${machine.name} could not be changed (${kind}): ${reason}`);
}
