// Decides how virtual machines run on this host, by running a tiny one in the same kind of container: a device that can be
// opened may still never run a guest, or run it more slowly than emulation does. Done once per boot of the host.
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { writeWhole } from '../../whole-file.ts';
import { freeIdRange, reserveIdRange } from '../podman/id-slots.ts';
import type { Podman } from '../podman/podman-command.ts';
import {
  accelerationOf,
  containerTimeoutMs,
  kvmInside,
  probeScript,
  usualDevice,
  verdictSchema,
  type Acceleration,
  type DeviceAccess,
  type ProbeRun,
} from './kvm-guest.ts';
import { storedDir } from './vm-place.ts';

export { kvmAccelerator, type Acceleration } from './kvm-guest.ts';

/** Runs a shell script in a container of image vm-host with the host's KVM, as machines have it. */
export type ProbeRunner = (script: string, timeoutMs: number) => Promise<ProbeRun>;

/** If podman had a bad moment, it gets a second try. */
const attempts = 2;
const bootIdFile = '/proc/sys/kernel/random/boot_id';

export interface ProbeOptions {
  storageDir: string;
  podman: Podman;
  /** The image vm-host, with its content tag: another image is probed again. */
  image: string;
  /** Absent: in a container. */
  run?: ProbeRunner;
  device?: string;
}

/** Probes that are running, by the file of their verdict: a caller that asks meanwhile waits for the same guests. */
const underWay = new Map<string, Promise<Acceleration>>();

/**
 * Probes once per boot, image and rights to the device; if there was no answer, the next call probes again.
 * Concurrent calls share one probe.
 */
export async function probeAcceleration(options: ProbeOptions): Promise<Acceleration> {
  const { storageDir, image, device = usualDevice } = options;
  const facts = await stat(device).catch((failure: NodeJS.ErrnoException) => failure);
  if (facts instanceof Error) {
    const reason = facts.code === 'ENOENT' ? `there is no ${usualDevice}` : `${usualDevice}: ${facts.message}`;
    return { kind: 'emulation', reason };
  }
  const bootId = (await readFile(bootIdFile, 'utf8')).trim();
  const { mode, uid, gid, rdev } = facts;
  const whoever = [process.getuid?.(), ...(process.getgroups?.() ?? [])];
  const parts = [bootId, image, mode, uid, gid, rdev, ...whoever].join(' ');
  const key = createHash('sha256').update(parts).digest('hex').slice(0, 16);
  const cache = join(storedDir(storageDir), `kvm-${key}.json`);
  const known = await readVerdict(cache);
  if (known !== undefined) return known;
  const isOpen = process.getuid?.() === 0 || (mode & 0o006) === 0o006;
  const access = { mode: mode & 0o777, group: await groupName(gid), isOpen };
  const probe = underWay.get(cache) ?? probeAnew(options, cache, access).finally(() => underWay.delete(cache));
  underWay.set(cache, probe);
  return probe;
}

async function probeAnew(options: ProbeOptions, cache: string, access: DeviceAccess): Promise<Acceleration> {
  const run = options.run ?? containerRunner(options);
  for (let attempt = 1; ; attempt += 1) {
    const printed = await run(probeScript(), containerTimeoutMs).catch((failure: unknown) => {
      return { stdout: '', stderr: failure instanceof Error ? failure.message : String(failure) };
    });
    const { isConclusive, ...verdict } = accelerationOf(printed, access);
    if (isConclusive) await writeVerdict(cache, verdict);
    if (isConclusive || attempt === attempts) return verdict;
  }
}

/** Another server may write the same verdict. */
async function writeVerdict(cache: string, verdict: Acceleration): Promise<void> {
  await mkdir(dirname(cache), { recursive: true });
  await writeWhole(cache, JSON.stringify(verdict));
}

async function groupName(gid: number): Promise<string> {
  const groups = await readFile('/etc/group', 'utf8').catch(() => '');
  return new RegExp(`^([^:\n]+):[^:\n]*:${gid}:`, 'm').exec(groups)?.[1] ?? String(gid);
}

/**
 * Flags of `podman run` that give a container KVM at `kvmInside`. On the host, root in a sandbox is an unprivileged user, who
 * may not open the host's own device where only a group may (Debian): so there is another node of the same device, in a
 * folder that only root may enter. runc cannot give a device another name in a user namespace, so the node is a volume;
 * `--device` is what allows it.
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
    // The device's numbers, as Linux packs small ones.
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
    const owner = `kvm-probe-${randomBytes(4).toString('hex')}`;
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
    // Missing, or half written because the host lost power: probed again.
    return undefined;
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
