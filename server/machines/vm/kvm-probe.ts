// Decides how virtual machines run on this host, by running a tiny one in the container they run in: a device that opens may
// still never run a guest, or run it slower than emulation does. Asked once per boot of the host.
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { freeIdRange, reserveIdRange } from '../podman/id-slots.ts';
import type { Podman } from '../podman/podman-command.ts';
import { storedDir } from './vm-place.ts';

const verdictSchema = z.strictObject({
  kind: z.enum(['kvm', 'emulation']),
  /** What was seen, for whoever wonders: one clause. */
  reason: z.string(),
});
export type Acceleration = z.infer<typeof verdictSchema>;

/** What the probe's script printed. */
export interface ProbeRun {
  stdout: string;
  stderr: string;
}

/** Runs a shell script in a container of image vm-host with the host's KVM, as machines have it. */
export type ProbeRunner = (script: string, timeoutMs: number) => Promise<ProbeRun>;

/** With KVM this guest ends in 0.2 s; where KVM hangs it would run for ever. */
const guestSeconds = 5;
/** A container starts in 0.1 to 0.5 s; a host under full load was seen at 8 s. */
const containerTimeoutMs = 30_000;
/** mov dx, 0xf4; mov al, 0x10; out dx, al; hlt; jmp to the hlt: writes 0x10 to the debug-exit device. */
const guestCode = [0xba, 0xf4, 0x00, 0xb0, 0x10, 0xee, 0xf4, 0xeb, 0xfd];
/** The device ends QEMU with (value << 1) | 1. */
const guestExitStatus = (0x10 << 1) | 1;
/** timeout(1)'s own when it has killed. */
const killedStatus = 137;
const bootIdFile = '/proc/sys/kernel/random/boot_id';
const usualDevice = '/dev/kvm';
const kvmInside = '/dev/lab-kvm';
/** QEMU's `-accel` in a container that was started with `kvmArgs`. */
export const kvmAccelerator = `kvm,device=${kvmInside}`;

/** 512 bytes that a PC's firmware boots: the code, zeroes, and the signature 55 aa. */
export function bootSectorOf(code: number[] = guestCode): Uint8Array {
  const sector = new Uint8Array(512);
  sector.set(code);
  sector.set([0x55, 0xaa], 510);
  return sector;
}

/** A script that runs the boot sector with KVM, then without, and says of each: name, status, milliseconds. */
export function probeScript(): string {
  // dash's printf knows octal numbers alone.
  const octal = [...bootSectorOf()].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  const qemu =
    'qemu-system-x86_64 -machine pc -m 16 -nodefaults -no-user-config -display none -no-reboot ' +
    '-device isa-debug-exit,iobase=0xf4,iosize=0x04 -drive file=/run/boot-sector,format=raw,if=ide,snapshot=off';
  return [
    `printf '${octal}' > /run/boot-sector`,
    'guest() {',
    '  start=$(date +%s%3N)',
    // A QEMU that waits for KVM does not always heed the first signal.
    `  timeout -s KILL ${guestSeconds} ${qemu} -accel "$2"`,
    '  echo "$1 $? $(($(date +%s%3N) - start))"',
    '}',
    `guest kvm ${kvmAccelerator}`,
    'guest emulation tcg',
  ].join('\n');
}

/**
 * Pure: what the script printed → the verdict. A KVM that is itself emulated was seen to end this guest in 4 s, where
 * emulation needs 0.5 s, and to hang for ever in a real machine's firmware.
 */
export function accelerationOf({ stdout, stderr }: ProbeRun): Acceleration {
  const guest = (name: string) => {
    const found = new RegExp(`^${name} (\\d+) (\\d+)$`, 'm').exec(stdout);
    return found === null ? undefined : { status: Number(found[1]), ms: Number(found[2]) };
  };
  const [kvm, emulated] = [guest('kvm'), guest('emulation')];
  const not = (reason: string): Acceleration => ({ kind: 'emulation', reason });
  if (kvm === undefined || kvm.status === killedStatus)
    return not(`KVM is there, but a guest did not end within ${guestSeconds} s`);
  if (kvm.status !== guestExitStatus)
    return not(stderr.trim().split('\n')[0] || `QEMU with KVM ended with ${kvm.status}`);
  if (emulated?.status === guestExitStatus && emulated.ms < kvm.ms)
    return not(`KVM is there, but ran a guest in ${kvm.ms} ms, and emulation in ${emulated.ms}`);
  return { kind: 'kvm', reason: `KVM ran a guest in ${kvm.ms} ms` };
}

/**
 * @param image the image vm-host, with its content tag: another one is asked anew
 * @param run absent: in a container
 */
export async function probeAcceleration(options: {
  storageDir: string;
  podman: Podman;
  image: string;
  run?: ProbeRunner;
  device?: string;
}): Promise<Acceleration> {
  const { storageDir, image } = options;
  if (!(await isThere(options.device ?? usualDevice)))
    return { kind: 'emulation', reason: `there is no ${usualDevice}` };
  const bootId = (await readFile(bootIdFile, 'utf8')).trim();
  const key = createHash('sha256').update(`${bootId} ${image} ${process.getuid?.()}`).digest('hex').slice(0, 16);
  const cache = join(storedDir(storageDir), `kvm-${key}.json`);
  const known = await readVerdict(cache);
  if (known !== undefined) return known;
  const verdict = accelerationOf(await (options.run ?? containerRunner(options))(probeScript(), containerTimeoutMs));
  await mkdir(storedDir(storageDir), { recursive: true });
  await writeFile(`${cache}.${process.pid}`, JSON.stringify(verdict));
  await rename(`${cache}.${process.pid}`, cache);
  return verdict;
}

/**
 * Flags of `podman run` that give a container KVM at `kvmInside`. Root in a sandbox is nobody on the host, who may not open
 * the host's own device where only a group may (Debian): so a node of the same device, in a folder that only root may
 * enter. runc gives a device of a user namespace no other name, so it is a volume; `--device` is what allows it.
 */
export async function kvmArgs(storageDir: string): Promise<string[]> {
  return ['--device', usualDevice, '--volume', `${await kvmNode(storageDir)}:${kvmInside}:dev`];
}

async function kvmNode(storageDir: string): Promise<string> {
  if (process.getuid?.() !== 0) return usualDevice;
  const dir = join(storageDir, 'devices');
  const node = join(dir, 'kvm');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  if (!(await isThere(node))) {
    const { rdev } = await stat(usualDevice);
    // Numbers of a device, as Linux packs small ones.
    await execa('mknod', ['-m', '666', node, 'c', String(rdev >> 8), String(rdev & 0xff)], { timeout: 5_000 });
  }
  return node;
}

function containerRunner({
  podman,
  image,
  storageDir,
}: {
  podman: Podman;
  image: string;
  storageDir: string;
}): ProbeRunner {
  return async (script, timeoutMs) => {
    const owner = `kvm-probe-${process.pid}`;
    const ids = await reserveIdRange(storageDir, owner);
    const map = `0:${ids.hostId}:${ids.size}`;
    try {
      const words = (text: string) => text.split(' ');
      const args = [
        'run',
        ...words('--rm --network none --no-hosts --log-driver none --cap-drop all'),
        ...words(`--uidmap ${map} --gidmap ${map}`),
        ...words('--security-opt no-new-privileges --security-opt label=disable'),
        ...(await kvmArgs(storageDir)),
        // Podman would set its own limits, which a host may not allow.
        ...words('--pids-limit 0 --ulimit nofile=1024:1024 --ulimit nproc=256:256'),
        ...words('--read-only --read-only-tmpfs=false --tmpfs /run:rw,nosuid,nodev,mode=755,size=1m'),
        image,
        'sh',
        '-c',
        script,
      ];
      return await podman.capture(args, { timeoutMs });
    } finally {
      await freeIdRange(storageDir, owner);
    }
  };
}

async function readVerdict(path: string): Promise<Acceleration | undefined> {
  try {
    return verdictSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // Not there, or half written by a host that lost its power: asked again.
    return undefined;
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
