// Mounts below a folder: found in /proc, unmounted innermost first.
import { readFile } from 'node:fs/promises';
import { execa } from 'execa';

/** An unmount takes milliseconds; a lazy one never waits for its users. */
const unmountTimeoutMs = 10_000;

/** @returns what was unmounted. @throws {Error} from umount, with its own message */
export async function unmountBelow(dir: string): Promise<string[]> {
  const mounts = mountsBelow(dir, await readFile('/proc/self/mounts', 'utf8'));
  for (const mount of mounts) await execa('umount', ['--lazy', mount], { timeout: unmountTimeoutMs });
  return mounts;
}

/** Pure: mount points at or below `dir` from the text of /proc/self/mounts, innermost first. */
export function mountsBelow(dir: string, mountTable: string): string[] {
  return mountTable
    .split('\n')
    .map((line) => unescapeMount(line.split(' ')[1] ?? ''))
    .filter((mount) => mount === dir || mount.startsWith(`${dir}/`))
    .toReversed();
}

/** The kernel writes space, tab, newline and backslash as octal. */
function unescapeMount(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
