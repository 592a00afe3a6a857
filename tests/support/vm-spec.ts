// A complete description of a virtual machine and its start, for tests that need only a part and override it. Nothing runs.
import type { VmSpec } from '../../server/machines/engine.ts';
import type { LaunchPlan } from '../../server/machines/vm/launch-files.ts';

/** Firmware with Secure Boot, a TPM and an empty disk; no network card, no screen, no security key. */
export function vmSpec(changes: Partial<VmSpec> = {}): VmSpec {
  return {
    type: 'vm',
    name: 'desktop',
    memoryMiB: 256,
    cpus: 1,
    firmware: 'uefi-secure-boot',
    tpm: true,
    disks: [{ name: 'empty', sizeMiB: 64 }],
    network: false,
    bootOrder: ['disk'],
    screen: false,
    boot: 'cold',
    securityKey: false,
    ...changes,
  };
}

/** The first start of the lab's only machine, from the beginning, under emulation. */
export function launchPlan(changes: Partial<LaunchPlan> = {}): LaunchPlan {
  return {
    machine: vmSpec(),
    index: 0,
    acceleration: 'emulation',
    memory: 'own',
    isRestored: false,
    hasOtherFirmware: false,
    generation: '00000000-0000-4000-8000-000000000001',
    number: 1,
    hasState: false,
    diskImages: {},
    neighbours: [],
    ...changes,
  };
}
