// Tries, from inside a sandbox, to reach the host, another session and the internet: each attempt must fail.
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRealSandboxes, type RealSandboxes } from '../support/real-sandbox.ts';

let sandboxes: RealSandboxes;
let mine: string;
let other: string;

beforeAll(async () => {
  sandboxes = await openRealSandboxes();
  mine = await sandboxes.start();
  other = await sandboxes.start();
});

afterAll(async () => {
  await sandboxes?.[Symbol.asyncDispose]();
});

const out = async (id: string, script: string) => (await sandboxes.sh(id, script)).stdout.trim();

describe('the network', () => {
  test('has loopback and no route', async () => {
    expect(await out(mine, 'ls /sys/class/net')).toBe('lo');
    expect(await out(mine, 'ip route; ip -6 route | grep -v "dev lo"')).toBe('');
  });

  test('does not lead to a server on any address of the host', async () => {
    const server = createServer((socket) => socket.end('host\n')).listen(0, '0.0.0.0');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const addresses = Object.values(networkInterfaces()).flatMap((rows) =>
      (rows ?? []).filter(({ family }) => family === 'IPv4').map(({ address }) => address),
    );
    for (const address of addresses) {
      const attempt = await sandboxes.sh(mine, `timeout 2 bash -c 'cat </dev/tcp/${address}/${port}'`);
      expect(attempt.exitCode, `${address}: ${attempt.stdout}`).not.toBe(0);
      expect(attempt.stdout).not.toContain('host');
    }
    server.close();
  });

  test('does not lead to the outside', async () => {
    // 192.0.2.1 is reserved for documentation: nothing is there, but with a route the attempt would time out instead of failing at once.
    const attempt = await sandboxes.sh(mine, "timeout 5 bash -c 'echo >/dev/tcp/192.0.2.1/80'");
    expect(attempt.exitCode).not.toBe(0);
    expect(attempt.stderr).toContain('unreachable');
    expect((await sandboxes.sh(mine, 'timeout 5 getent ahosts eu-os.eu')).exitCode).not.toBe(0);
  });

  test('is not shared with another session', async () => {
    const script =
      'exec -a listener python3 -m http.server 8099 --bind 0.0.0.0 >/dev/null 2>&1 & sleep 0; echo started';
    expect(await out(other, script)).toBe('started');
    const answers =
      'for i in $(seq 100); do timeout 1 bash -c "echo >/dev/tcp/127.0.0.1/8099" 2>/dev/null && exit 0; sleep 0.05; done; exit 1';
    expect((await sandboxes.sh(other, answers)).exitCode).toBe(0);
    expect((await sandboxes.sh(mine, 'timeout 1 bash -c "echo >/dev/tcp/127.0.0.1/8099"')).exitCode).not.toBe(0);
    expect(await out(mine, 'readlink /proc/self/ns/net')).not.toBe(await out(other, 'readlink /proc/self/ns/net'));
  });
});

describe('the user namespace', () => {
  test('maps root to an unprivileged id of its own', async () => {
    const hostId = async (id: string) => Number((await out(id, 'cat /proc/self/uid_map')).split(/\s+/)[1]);
    const [first, second] = [await hostId(mine), await hostId(other)];
    expect(first).toBeGreaterThan(0);
    if (process.getuid?.() === 0) expect(Math.abs(first - second)).toBeGreaterThanOrEqual(65_536);
  });

  test('does not let root change the host', async () => {
    const attempts = [
      'echo 1 > /proc/sys/kernel/panic',
      'echo b > /proc/sysrq-trigger',
      'mknod /tmp/disk b 254 0 && head -c 1 /tmp/disk',
      'dmesg --clear',
      'hostname -b other && [ "$(cat /proc/sys/kernel/hostname)" = other ] && date -s 2001-01-01',
      'chroot /proc/1/root/../.. ls /var/lib/eu-os-labs',
    ];
    for (const attempt of attempts) {
      const result = await sandboxes.sh(mine, attempt);
      expect(result.exitCode, attempt).not.toBe(0);
    }
  });

  test('hides the processes of the host and of other sessions', async () => {
    const processes = await out(mine, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
    expect(processes).not.toContain('listener');
    expect(processes).not.toContain('node');
  });
});

test('the image itself cannot be written through the sandbox', async () => {
  expect((await sandboxes.sh(mine, 'echo mine > /usr/share/lab-mark && cat /usr/share/lab-mark')).stdout).toBe(
    'mine\n',
  );
  expect((await sandboxes.sh(other, 'cat /usr/share/lab-mark')).exitCode).not.toBe(0);
  expect((await sandboxes.sh(mine, 'touch /lab/mark')).exitCode).not.toBe(0);
});
