// The system calls of a sandbox: podman's default profile without calls that no lesson needs and kernel exploits often use.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../../whole-file.ts';

interface Argument {
  index: number;
  value: number;
  valueTwo?: number;
  op: string;
}

interface Rule {
  names: string[];
  action: string;
  errnoRet?: number;
  args?: Argument[] | null;
}

interface Profile {
  syscalls: Rule[];
}

/**
 * Podman's profile allows the first five to everybody with SYS_ADMIN, which podman inside needs only for its mounts; newer
 * profiles allow io_uring to all. With socketcall, 32-bit programs would bypass the rules for socket.
 */
const refused = new Set([
  'bpf',
  'perf_event_open',
  'fanotify_init',
  'lookup_dcookie',
  'quotactl',
  'quotactl_fd',
  'io_uring_setup',
  'io_uring_enter',
  'io_uring_register',
  'socketcall',
]);

/**
 * Address families (socket(2)) whose sockets stay inside the sandbox's network namespace: unix, IPv4, IPv6, packet; and
 * netlink. vsock is left out because it reaches the hypervisor past every namespace, and the others because they only add attack surface.
 */
const ownFamilies = [1, 2, 10, 17];
const netlink = 16;
const netlinkAudit = 9;
const invalid = 22;

/** @param text podman's profile, JSON. @returns the sandboxes' profile. @throws {Error} when it has another shape. */
export function narrowProfile(text: string): string {
  const profile = JSON.parse(text) as Profile;
  if (!Array.isArray(profile.syscalls)) throw new Error('found a seccomp profile without `syscalls`');
  const kept = profile.syscalls
    .map((rule) => {
      const dropped = rule.action === 'SCMP_ACT_ALLOW' ? (name: string) => refused.has(name) : () => false;
      return { ...rule, names: rule.names.filter((name) => name !== 'socket' && !dropped(name)) };
    })
    .filter(({ names }) => names.length > 0);
  return JSON.stringify({ ...profile, syscalls: [...kept, ...socketRules()] });
}

function socketRules(): Rule[] {
  const is = (index: number, value: number): Argument => ({ index, value, valueTwo: 0, op: 'SCMP_CMP_EQ' });
  const isNot = (index: number, value: number): Argument => ({ index, value, valueTwo: 0, op: 'SCMP_CMP_NE' });
  const allow = (...args: Argument[]): Rule => ({ names: ['socket'], action: 'SCMP_ACT_ALLOW', args });
  // In most other orders libseccomp refuses these rules as contradictory.
  return [
    ...ownFamilies.map((family) => allow(is(0, family))),
    allow(is(0, netlink), isNot(2, netlinkAudit)),
    // As in podman's profile: programs take this answer for a kernel without audit.
    { names: ['socket'], action: 'SCMP_ACT_ERRNO', errnoRet: invalid, args: [is(0, netlink), is(2, netlinkAudit)] },
  ];
}

/**
 * Writes the sandboxes' profile into the storage directory.
 * @param source podman's own profile, as `podman info` names it.
 * @returns its path; undefined where podman has none: then its built-in profile applies.
 */
export async function writeSeccompProfile(source: string, storageDir: string): Promise<string | undefined> {
  if (source === '') return undefined;
  const path = join(storageDir, 'seccomp.json');
  // Another server on this storage may be starting a sandbox.
  await writeWhole(path, narrowProfile(await readFile(source, 'utf8')));
  return path;
}
