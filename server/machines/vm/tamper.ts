// What *Tamper* may do to which machine, and the call that does it while the machine is off. The work itself is a program in
// the image vm-host (files/usr/lib/lab/tamper); switching off and on is the caller's.
import { LabError } from '../../errors.ts';
import type { TamperKind } from '../../protocol/messages.ts';
import type { VmSpec } from '../engine.ts';
import { firmwareVariables } from './qemu-arguments.ts';
import { vmFiles } from './vm-place.ts';

/** Copies at most 200 MB in the container: two seconds on an idle host. */
const tamperTimeoutMs = 60_000;

/** Runs a program in the machine's container. */
export type RunInContainer = (
  argv: string[],
  timeoutMs: number,
) => Promise<{ exitCode?: number | undefined; stderr: string }>;

/** @throws {LabError} LAB_ERR_BAD_REQUEST when a machine has nothing that this could change */
export function checkTamper(machine: VmSpec, kind: TamperKind | 'undo'): void {
  if (kind === 'undo') return;
  const refuse = (found: string, expected: string): never => {
    throw new LabError(
      'LAB_ERR_BAD_REQUEST',
      `machine ${machine.name} has ${found}, and tampering with ${kind} needs ${expected}; change its entry in lab.yaml, or leave it out on the page`,
    );
  };
  if (machine.firmware === 'bios') refuse('a BIOS', 'UEFI firmware');
  if ((kind === 'secure-boot' || kind === 'firmware') && machine.firmware !== 'uefi-secure-boot')
    refuse(`firmware ${machine.firmware}`, 'uefi-secure-boot');
  if ((kind === 'command-line' || kind === 'boot-loader') && machine.disks[0]?.image === undefined)
    refuse('a first disk that is blank', 'one that is made of an image');
}

/** `VmView.tampered` afterwards: what has been done twice is there once. */
export function tamperedAfter(before: readonly TamperKind[], kind: TamperKind | 'undo'): TamperKind[] {
  if (kind === 'undo') return [];
  return before.includes(kind) ? [...before] : [...before, kind];
}

/**
 * Changes the files of a machine whose QEMU has ended. `firmware` changes none: QEMU is to be started with the firmware's
 * other build (`QemuPlan.hasOtherFirmware`), as long as `tampered` names it.
 * @throws {LabError} LAB_ERR_EXEC with the program's own words; the machine's files may be changed in part then, and `undo` works
 */
export async function tamperWithFiles(machine: VmSpec, kind: TamperKind | 'undo', run: RunInContainer): Promise<void> {
  if (kind === 'firmware') return;
  const argv = ['/usr/lib/lab/tamper', kind, vmFiles(machine.name).dir, firmwareVariables(machine) ?? ''];
  const { exitCode, stderr } = await run(argv, tamperTimeoutMs);
  if (exitCode === 0) return;
  const reason = exitCode === undefined ? `it did not end within ${tamperTimeoutMs / 1000} s` : stderr.trim();
  throw new LabError('LAB_ERR_EXEC', `machine ${machine.name} could not be changed (${kind}): ${reason}`);
}
