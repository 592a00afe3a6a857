// The flags of `podman run` that let a machine's container make its tap. Makes its own device node.
import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

const usualDevice = '/dev/net/tun';
/** Numbers of the device, from the misc driver in Linux's list of devices. */
const major = 10;
const minor = 200;
const commandTimeoutMs = 5_000;

/**
 * On the host, root in a sandbox is an unprivileged user, who may not open the host's own device where it belongs to root
 * alone; and the programs know no other name for it. So another node of the same device, from a folder that only root may
 * enter, is mounted in its place.
 */
export async function tunArgs(storageDir: string): Promise<string[]> {
  if (process.getuid?.() !== 0) return ['--device', usualDevice];
  const dir = join(storageDir, 'devices');
  const node = join(dir, 'tun');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  if (!(await isThere(node))) {
    const args = ['-m', '666', node, 'c', String(major), String(minor)];
    await execa('mknod', args, { timeout: commandTimeoutMs, reject: false });
    // Another server may have been faster: then the node exists now.
    if (!(await isThere(node))) throw new Error(`${node}: mknod could not make this device`);
  }
  return ['--volume', `${node}:${usualDevice}:dev`, '--device-cgroup-rule', `c ${major}:${minor} rwm`];
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
