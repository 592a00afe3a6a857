// KVM, by running a guest with a time limit: a device that opens may still never run one. Nothing depends on it yet.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { isProgram } from '../system-packages.mjs';
import type { ProbeLine } from './probe.ts';

const name = 'KVM';
/** With KVM this guest ends in 0.2 s; a host whose KVM hangs would let it run for ever. */
const guestTimeoutMs = 10_000;
/** mov dx, 0xf4; mov al, 0x10; out dx, al; hlt; jmp to the hlt: writes 0x10 to the debug-exit device. */
const guestCode = [0xba, 0xf4, 0x00, 0xb0, 0x10, 0xee, 0xf4, 0xeb, 0xfd];
/** The device ends QEMU with (value << 1) | 1. */
const guestExitStatus = (0x10 << 1) | 1;
const emulation = 'not available: software emulation will be used';

export async function probeKvm(): Promise<ProbeLine> {
  if (!isProgram('qemu-system-x86_64')) {
    return { name, state: 'ok', found: `${emulation} (no QEMU on this host; no lab of today needs one)` };
  }
  const dir = await mkdtemp(path.join(tmpdir(), 'eu-os-labs-kvm-'));
  try {
    const bootSector = path.join(dir, 'boot-sector');
    await writeFile(bootSector, bootSectorOf(guestCode));
    return kvmLine(await runGuest(bootSector));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export interface GuestRun {
  exitCode?: number;
  timedOut: boolean;
  stderr: string;
}

/** Pure: how the guest ended → the line. */
export function kvmLine(run: GuestRun): ProbeLine {
  if (run.exitCode === guestExitStatus) return { name, state: 'ok', found: 'ran a guest' };
  const reason = run.timedOut
    ? `a guest did not end within ${guestTimeoutMs / 1000} s`
    : (run.stderr.trim().split('\n').at(-1) ?? `QEMU ended with ${run.exitCode}`);
  return { name, state: 'warn', found: `${emulation} (${reason})` };
}

/** 512 bytes that a PC firmware boots: the code, zeroes, and the signature 55 aa. */
export function bootSectorOf(code: number[]): Uint8Array {
  const sector = new Uint8Array(512);
  sector.set(code);
  sector.set([0x55, 0xaa], 510);
  return sector;
}

async function runGuest(bootSector: string): Promise<GuestRun> {
  const args = ['-accel', 'kvm', '-machine', 'pc', '-m', '16', '-nodefaults', '-display', 'none', '-no-reboot'];
  const devices = [
    '-device',
    'isa-debug-exit,iobase=0xf4,iosize=0x04',
    '-drive',
    `file=${bootSector},format=raw,if=ide`,
  ];
  const result = await execa('qemu-system-x86_64', [...args, ...devices], {
    reject: false,
    timeout: guestTimeoutMs,
    // A QEMU that waits for KVM does not always heed the first signal.
    forceKillAfterDelay: 1_000,
  });
  return {
    ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
    timedOut: result.timedOut,
    stderr: result.stderr ?? '',
  };
}
