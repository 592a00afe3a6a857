// Makes a started container's root file system read-only for good: root inside could undo a mere `--read-only`.
import { readFile, realpath } from 'node:fs/promises';
import { startProgram } from '../../start-program.ts';

/** The kernel first writes out what the file system still holds: that took more than ten seconds on a host that was building images. */
const commandTimeoutMs = 60_000;

interface MountRow {
  /** `major:minor`: the same for all mounts of one file system. */
  device: string;
  path: string;
  type: string;
}

/**
 * `--read-only` sets the flag on the mount, which belongs to the sandbox's user namespace: `mount -o remount,bind,rw /`
 * lifts it, and what is written then goes beside the image on the host's disk, past the session's limit. The file system
 * itself belongs to the host: if it is read-only there, every mount of it is.
 * @param pidFile where podman wrote the id of the container's first process.
 * @param storageRoot nothing outside this folder is ever remounted.
 * @returns where the root is mounted on the host.
 * @throws {Error} when the root is not found, or mount's own message.
 */
export async function lockRoot(pidFile: string, storageRoot: string): Promise<string> {
  const pid = Number(await readFile(pidFile, 'utf8'));
  const inside = readMounts(await readFile(`/proc/${pid}/mountinfo`, 'utf8'));
  const own = readMounts(await readFile('/proc/self/mountinfo', 'utf8'));
  const path = rootOnHost(inside, own, await realpath(storageRoot));
  // Without this mode mount(8) would pass the layers as options again, which the kernel refuses to change.
  await startProgram('mount', ['--options-mode', 'ignore', '-o', 'remount,ro', path], { timeout: commandTimeoutMs });
  return path;
}

/** Where the root of `inside` is mounted in `own`. @throws {Error} when it is not an overlay of that storage. */
export function rootOnHost(inside: readonly MountRow[], own: readonly MountRow[], storageRoot: string): string {
  // Of mounts on top of each other, the last one is seen.
  const root = inside.findLast(({ path }) => path === '/');
  const found = own.find(
    ({ device, path, type }) => device === root?.device && type === 'overlay' && path.startsWith(`${storageRoot}/`),
  );
  if (found === undefined) {
    throw new Error(
      `the machine's root (${root?.type ?? 'none'} ${root?.device ?? ''}) is not an overlay below ${storageRoot}, so its size cannot be limited; use podman's overlay storage driver`,
    );
  }
  return found.path;
}

/** Rows of /proc/<pid>/mountinfo, as proc(5) describes them. */
export function readMounts(text: string): MountRow[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [fields = '', rest = ''] = line.split(' - ');
      const [, , device = '', , path = ''] = fields.split(' ');
      const [type = ''] = rest.split(' ');
      // The kernel writes a space as \040.
      return { device, type, path: path.replaceAll(/\\([0-7]{3})/g, (_, code: string) => character(code)) };
    });
}

function character(octal: string): string {
  return String.fromCodePoint(Number.parseInt(octal, 8));
}
