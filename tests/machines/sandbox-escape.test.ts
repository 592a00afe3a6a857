// Tries known ways out of containers: mounts, devices, cgroups, kernel settings, unusual system calls.
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRealSandboxes, type RealSandboxes } from '../support/real-sandbox.ts';

let sandboxes: RealSandboxes;
let mine: string;
let other: string;
/** A lab's files on the host, which every sandbox of that lab is offered. */
const filesDir = mkdtempSync(join(tmpdir(), 'labs-files-'));

beforeAll(async () => {
  sandboxes = await openRealSandboxes();
  chmodSync(filesDir, 0o755);
  // With the rights that a strict umask gives a clone: the sandbox can read them all the same.
  writeFileSync(join(filesDir, 'given'), 'given\n', { mode: 0o600 });
  mine = await sandboxes.start({}, { filesDir });
  other = await sandboxes.start({}, { filesDir });
  await sandboxes.sh(other, 'echo secret-of-the-other > /root/secret');
});

afterAll(async () => {
  await sandboxes?.[Symbol.asyncDispose]();
  rmSync(filesDir, { recursive: true, force: true });
});

const sh = (script: string) => sandboxes.sh(mine, script);
const out = async (script: string) => (await sh(script)).stdout.trim();
/** Runs each attempt in a mount namespace of its own, so that it does not spoil the next one. */
const alone = (script: string) => sh(`unshare --mount bash -c '${script}'`);

async function isRefused(
  script: string,
  why = /denied|not permitted|Read-only|No such|not mounted|nvalid/,
): Promise<void> {
  const { exitCode, stdout, stderr } = await alone(script);
  expect(exitCode, `${script}\n${stdout}`).not.toBe(0);
  expect(stderr, script).toMatch(why);
}

describe('rights', () => {
  test('the seccomp profile is on, and the sandbox’s ids belong to nobody on the host', async () => {
    expect(await out('grep -w Seccomp: /proc/self/status')).toMatch(/2$/);
    const [first = 0, size = 0] = (await out("awk '{print $2, $3}' /proc/self/uid_map")).split(' ').map(Number);
    expect(size).toBe(65_536);
    // An ordinary user's ids are counted in podman's user namespace, where 0 is that user and all others belong to nobody.
    expect(first).toBeGreaterThan(0);
    const passwd = readFileSync('/etc/passwd', 'utf8').split('\n');
    const ids = passwd.map((line) => Number(line.split(':')[2])).filter(Boolean);
    if (process.getuid?.() === 0) expect(ids.filter((id) => id >= first && id < first + size)).toEqual([]);
    expect(await out('cat /proc/self/gid_map')).toBe(await out('cat /proc/self/uid_map'));
  });

  test('there are no rights over the host’s clock, modules, raw devices and audit', async () => {
    const names = (await out("capsh --decode=$(awk '/CapBnd/{print $2}' /proc/self/status)")).toLowerCase();
    expect(names).toContain('cap_sys_admin');
    for (const absent of ['sys_time', 'sys_module', 'sys_rawio', 'sys_boot', 'syslog', 'dac_read_search', 'bpf']) {
      expect(names).not.toContain(`cap_${absent}`);
    }
  });

  test('system calls with a wide surface are absent, and so are sockets that leave the namespace', async () => {
    const script = `python3 - <<'P'
import ctypes, errno, socket
libc = ctypes.CDLL(None, use_errno=True)
for name, number in dict(bpf=321, perf=298, fanotify=300, io_uring=425, kexec=246, module=175, handle=304).items():
    result = libc.syscall(number, 0, 0, 0, 0, 0)
    print(name, 'ok' if result >= 0 else errno.errorcode[ctypes.get_errno()])
for name, family, kind in (('vsock', 40, 1), ('alg', 38, 5), ('bluetooth', 31, 3), ('unix', 1, 1), ('inet', 2, 1), ('netlink', 16, 3)):
    try: socket.socket(family, kind); print(name, 'ok')
    except OSError as failure: print(name, errno.errorcode[failure.errno])
P`;
    const results = Object.fromEntries((await out(script)).split('\n').map((line) => line.split(' ')));
    for (const call of ['bpf', 'perf', 'fanotify', 'io_uring', 'vsock', 'alg', 'bluetooth']) {
      expect(results, call).toHaveProperty(call, 'ENOSYS');
    }
    for (const call of ['kexec', 'module', 'handle']) expect(results[call], call).toMatch(/EPERM|ENOSYS/);
    for (const call of ['unix', 'inet', 'netlink']) expect(results, call).toHaveProperty(call, 'ok');
  });
});

describe('the host’s disks', () => {
  test('have no device nodes, and none can be made', async () => {
    expect(await out('find /dev -type b')).toBe('');
    const numbers = (await out('awk \'NR > 2 {print $1 ":" $2}\' /proc/partitions')).split('\n').filter(Boolean);
    for (const number of [...numbers.slice(0, 3), '8:0']) {
      const [major, minor] = number.split(':');
      await isRefused(`rm -f /tmp/disk; mknod /tmp/disk b ${major} ${minor} && head -c 1 /tmp/disk`);
      await isRefused(`rm -f /tmp/disk; mknod /tmp/disk b ${major} ${minor} && mount /tmp/disk /mnt`);
    }
    await isRefused('mount -t devtmpfs none /mnt');
    await isRefused('truncate -s 8M /tmp/image; mount -t ext4 -o loop /tmp/image /mnt', /failed|denied|permitted/);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'are not written past the session’s disk: the root stays read-only',
    async () => {
      // The sandbox can lift the flag of the mount, but not that of the file system.
      const { stderr } = await alone(
        'mount -o remount,bind,rw /; head -c 1M /dev/zero > /boot/outside; touch /lab/outside',
      );
      expect(stderr).toMatch(/\/boot\/outside: Read-only file system\n.*\/lab\/outside.*Read-only file system/);
      await isRefused('mount -o remount,rw / && touch /boot/outside');
      await isRefused(
        'umount -l /etc; for f in /etc/hostname /etc/resolv.conf; do mount -o remount,bind,rw $f; [ -f $f ] && exit 0; done; ls /etc/none',
      );
    },
  );

  test('hold the lab’s files, which the sandbox cannot change for others', async () => {
    expect(await out('cat /usr/share/lab/files/given')).toBe('given');
    await alone(
      'mount -o remount,bind,rw /lab/files; mount -o remount,bind,rw /usr/share/lab/files; echo x > /usr/share/lab/files/given; echo x > /lab/files/given; touch /lab/files/more',
    );
    expect(readFileSync(join(filesDir, 'given'), 'utf8')).toBe('given\n');
    expect(readdirSync(filesDir)).toEqual(['given']);
    expect((await sandboxes.sh(other, 'cat /usr/share/lab/files/given')).stdout).toBe('given\n');
  });

  test('show neither other sessions’ disks nor the server’s state', async () => {
    const state = sandboxes.stateDir;
    expect(existsSync(join(state, 'sessions', other))).toBe(true);
    const attempts = [
      `ls ${state}`,
      `ls ${state}/sessions/${other}/disk`,
      `ls /proc/1/root${state}`,
      `ls /proc/1/cwd/../../..${state}`,
      `ls /var/lib/eu-os-labs`,
    ];
    for (const attempt of attempts) expect((await sh(attempt)).exitCode, attempt).not.toBe(0);
    expect((await sh('grep -rs secret-of-the-other /root /disk /tmp /run --include=secret')).stdout).toBe('');
    // The pty host's socket is a file, so nothing without a path to it can connect; it is not an abstract socket.
    expect(await out("find / -xdev -name 'pty-host*' 2>/dev/null; grep -c pty-host /proc/net/unix")).toBe('0');
  });
});

describe('the kernel', () => {
  test.each([
    'echo "|/tmp/x" > /proc/sys/kernel/core_pattern',
    'echo /tmp/x > /proc/sys/kernel/modprobe',
    'echo 1 > /proc/sys/vm/overcommit_memory',
    'echo 1 > /proc/sys/vm/drop_caches',
    'echo /tmp/x > /sys/kernel/uevent_helper',
    'echo 0 > /proc/sys/kernel/randomize_va_space',
    'echo b > /proc/sysrq-trigger',
    'mount -o remount,bind,rw /sys; echo 1 > /sys/kernel/profiling',
    'head -c 1 /proc/kcore',
    'head -c 1 /proc/kmsg',
    'dmesg',
    'mknod /tmp/memory c 1 1 && head -c 1 /tmp/memory',
    'mount -t debugfs none /mnt',
    'mount -t tracefs none /mnt',
    'mount -t bpf none /mnt && ls /mnt/nothing',
    'mount -t securityfs none /mnt',
  ])('refuses %s', async (attempt) => {
    await isRefused(attempt);
  });

  test('gives no priority over the host’s own programs', async () => {
    await isRefused('echo -500 > /proc/self/oom_score_adj');
    await isRefused('nice -n -5 true && chrt -f 10 true');
  });
});

test('cgroups: the sandbox can set neither its own limits nor a release agent', async () => {
  const script = `
for mount in '-t cgroup -o memory' '-t cgroup -o pids' '-t cgroup -o devices' '-t cgroup -o cpu' '-t cgroup2'; do
  for way in '--mount' '--mount --cgroup' '--user --map-root-user --mount --cgroup'; do
    MOUNT=$mount unshare $way bash -s <<'X'
mkdir -p /tmp/cg; mount $MOUNT none /tmp/cg 2>/dev/null || exit 0; cd /tmp/cg; echo mounted
for file in release_agent memory.limit_in_bytes memory.max pids.max cpu.max cpu.cfs_quota_us devices.allow notify_on_release; do
  [ -e $file ] && echo 1 > $file && echo wrote $MOUNT $file
done; mkdir below && echo made $MOUNT
X
  done
done; echo tried`;
  const tried = await out(script);
  expect(tried).toMatch(/^(mounted\n)*tried$/);
});

test('there are no processes of the host to enter', async () => {
  const pids = (await out('ls /proc | grep -c "^[0-9]*$"')).split('\n').map(Number);
  expect(pids[0]).toBeLessThan(30);
  expect(await out('readlink /proc/1/ns/mnt')).toBe(await out('readlink /proc/self/ns/mnt'));
  const hostNamespaces = ['mnt', 'pid', 'net', 'user', 'ipc', 'uts'];
  for (const name of hostNamespaces) {
    const host = execFileSync('readlink', [`/proc/self/ns/${name}`], { encoding: 'utf8' }).trim();
    expect(await out(`readlink /proc/1/ns/${name}`), name).not.toBe(host);
  }
});
