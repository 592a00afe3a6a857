// The tiny guest that tells whether KVM works: its boot sector, the script that runs it, and what its exit means. Runs nothing.
import { z } from 'zod';

export const verdictSchema = z.strictObject({
  kind: z.enum(['kvm', 'emulation']),
  /** What was seen, as one clause that explains the result. */
  reason: z.string(),
});
export type Acceleration = z.infer<typeof verdictSchema>;

/** What the probe's script printed. */
export interface ProbeRun {
  stdout: string;
  stderr: string;
  /** The container was ended before the script was. */
  timedOut?: boolean;
}

/** The result of one run of the probe. */
export interface ProbeFinding extends Acceleration {
  /** False when the guests were not run, or not to their end: a bad moment of the host says nothing about its KVM. */
  isConclusive: boolean;
}

/** Who may open the device, and what fixes a refusal. */
export interface DeviceAccess {
  /** As in `chmod`. */
  mode: number;
  /** The group's name, or its number when it has none. */
  group: string;
  /** Open to root or to everybody: then a refusal comes from what this host itself runs in. */
  isOpen: boolean;
}

/** With KVM this guest ends in 0.2 s; where KVM hangs, it would run forever. */
const guestSeconds = 5;
/** A container starts in 0.1 to 0.5 s; a host under full load was seen at 8 s. */
export const containerTimeoutMs = 30_000;
/** mov dx, 0xf4; mov al, 0x10; out dx, al; hlt; jmp to the hlt: writes 0x10 to the debug-exit device. */
const guestCode = [0xba, 0xf4, 0x00, 0xb0, 0x10, 0xee, 0xf4, 0xeb, 0xfd];
/** The device ends QEMU with (value << 1) | 1. */
const guestExitStatus = (0x10 << 1) | 1;
/** The exit status of timeout(1) after a kill. */
const killedStatus = 137;
export const usualDevice = '/dev/kvm';
export const kvmInside = '/dev/lab-kvm';
/** QEMU's `-accel` in a container that was started with `kvmArgs`. */
export const kvmAccelerator = `kvm,device=${kvmInside}`;

/** 512 bytes that a PC's firmware boots: the code, zeroes, and the signature 55 aa. */
export function bootSectorOf(code: number[] = guestCode): Uint8Array {
  const sector = new Uint8Array(512);
  sector.set(code);
  sector.set([0x55, 0xaa], 510);
  return sector;
}

/** A script that runs the boot sector with KVM, then without, and prints for each: name, status, milliseconds. */
export function probeScript(): string {
  // dash's printf knows only octal numbers.
  const octal = [...bootSectorOf()].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  const qemu =
    'qemu-system-x86_64 -machine pc -m 16 -nodefaults -no-user-config -display none -no-reboot ' +
    '-device isa-debug-exit,iobase=0xf4,iosize=0x04 -drive file=/run/boot-sector,format=raw,if=ide,snapshot=off';
  return [
    `printf '${octal}' > /run/boot-sector`,
    'guest() {',
    '  start=$(date +%s%3N)',
    // A QEMU that waits for KVM does not always obey the first signal.
    `  timeout -s KILL ${guestSeconds} ${qemu} -accel "$2"`,
    '  echo "$1 $? $(($(date +%s%3N) - start))"',
    '}',
    `guest kvm ${kvmAccelerator}`,
    'guest emulation tcg',
  ].join('\n');
}

/**
 * Pure: interprets what the script printed. A KVM that is itself emulated was seen to run this guest in 4 s, where emulation
 * needs 0.5 s, and to hang for ever in a real machine's firmware.
 */
export function accelerationOf({ stdout, stderr, timedOut }: ProbeRun, access?: DeviceAccess): ProbeFinding {
  const guest = (name: string) => {
    const found = new RegExp(`^${name} (\\d+) (\\d+)$`, 'm').exec(stdout);
    return found === null ? undefined : { status: Number(found[1]), ms: Number(found[2]) };
  };
  const [kvm, emulated] = [guest('kvm'), guest('emulation')];
  const isConclusive = kvm !== undefined && (emulated !== undefined || kvm.status === killedStatus);
  const not = (reason: string): ProbeFinding => ({ kind: 'emulation', reason, isConclusive });
  const words = firstLine(stderr);
  if (kvm === undefined) {
    const why =
      timedOut === true ? `did not end within ${containerTimeoutMs / 1000} s` : `failed: ${words || 'no words'}`;
    return not(`KVM is there, but the container that tries it ${why}; npm run doctor tries it again`);
  }
  if (kvm.status === killedStatus)
    return not(`KVM is there, but a guest did not end within ${guestSeconds} s; look at the host's KVM (dmesg)`);
  if (kvm.status !== guestExitStatus)
    return not((words || `QEMU with KVM ended with ${kvm.status}`) + fixOf(words, access));
  if (emulated?.status === guestExitStatus && emulated.ms < kvm.ms)
    return not(`KVM is there, but ran a guest in ${kvm.ms} ms, and emulation in ${emulated.ms}`);
  return { kind: 'kvm', reason: `KVM ran a guest in ${kvm.ms} ms`, isConclusive };
}

/** What fixes it, as far as QEMU's message tells. */
function fixOf(words: string, access: DeviceAccess | undefined): string {
  if (!/Permission denied/.test(words) || access === undefined) return '; asked again after the next boot of the host';
  const { group, isOpen } = access;
  const mode = access.mode.toString(8).padStart(3, '0');
  if (isOpen)
    return `; ${usualDevice} is open to this server (mode ${mode}): allow KVM in whatever this host itself runs in`;
  const found = `; ${usualDevice} is open to the group ${group} (mode ${mode})`;
  return `${found}: add the server's user to it (usermod --append --groups ${group} <user>), and log in again`;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
