// What podman on the workstation does, and what it says about what it cannot do: health checks, limits, ports, boot, packages.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRealSandboxes, type RealSandboxes } from '../support/real-sandbox.ts';

const base = 'registry.lab/eu-os/base:13';
const offered = readFileSync(join(import.meta.dirname, '../../labs/images/workstation/offered.list'), 'utf8')
  .split('\n')
  .map((line) => line.replace(/#.*/, '').trim())
  .filter((line) => line !== '');

let sandboxes: RealSandboxes;
let id: string;

beforeAll(async () => {
  sandboxes = await openRealSandboxes();
  id = await sandboxes.start({ memoryMiB: 1000, cpus: 2, pids: 1000 });
});

afterAll(async () => {
  await sandboxes?.[Symbol.asyncDispose]();
});

async function sh(script: string) {
  const { exitCode, stdout, stderr } = await sandboxes.sh(id, script, 120_000);
  return { status: exitCode, out: stdout, all: stdout + stderr };
}

/** Runs a command as at a prompt, with a terminal. */
const typed = (command: string) => sh(`script --quiet --return --command '${command}' /dev/null`);

test('a health check runs at its interval, shows both results, and ends with its container', async () => {
  const until = (state: string) =>
    `until [ "$(podman ps --filter name=hc --format '{{.Status}}' | grep -c '(${state})')" = 1 ]; do sleep 0.2; done`;
  const lived = await sh(
    [
      'set -e',
      `podman run -d --name hc --health-cmd 'test ! -e /tmp/bad' --health-interval 1s --health-retries 1 ${base} sleep 600`,
      until('healthy'),
      'podman exec hc touch /tmp/bad',
      until('unhealthy'),
      'podman exec hc rm /tmp/bad',
      until('healthy'),
      'podman rm --force --time 0 hc',
      'while pgrep --full "[c]ontainer-started watch" > /dev/null; do sleep 0.2; done',
      'ls /run/lab/health',
    ].join('\n'),
  );
  expect(lived.status, lived.all).toBe(0);
  expect(lived.out.trim().split('\n').at(-1)).toBe('hc');
});

describe('the prompt shows what a container cannot have', () => {
  test.each([
    ['--memory 64m', 'memory and processor limits have no effect here'],
    ['--cpus 0.5', 'memory and processor limits have no effect here'],
    ['--publish 8080:80', 'ports are not published here'],
    ['-p 127.0.0.1:8080:80/tcp', 'ports are not published here'],
  ])('%s', async (flags, words) => {
    const { status, out } = await typed(`podman run --rm ${flags} ${base} true`);
    expect(status, out).toBe(0);
    expect(out.match(/^lab: .*/gm)).toEqual([expect.stringContaining(words)]);
  });

  test('a boot, which ends with 255', async () => {
    const { status, out } = await typed(`podman run --rm ${base}`);
    expect({ status, out }).toEqual({
      status: 255,
      out: expect.stringContaining('lab: systemd does not boot') as string,
    });
  });

  test('nothing is said without a reason, nor to a program', async () => {
    expect((await typed(`podman run --rm ${base} ls -p /boot`)).out).toBe('');
    expect((await sh(`podman run --rm --memory 64m ${base} true`)).all).toBe('');
  });
});

describe('every package that is offered can be installed', () => {
  const simulate = `apt-get update > /dev/null 2>&1
for package in ${offered.join(' ')}; do apt-get install --simulate "$package" > /dev/null 2>&1 || echo "$package"; done`;

  test('on the workstation', async () => {
    expect((await sh(simulate)).out).toBe('');
    const installed = await sh('apt-get install -y rsync > /dev/null 2>&1; rsync --version | head -n 1');
    expect(installed.out).toContain('rsync');
  });

  test('in an image on the base', async () => {
    expect((await sh(`podman run --rm -i ${base} sh <<'EOF'\n${simulate}\nEOF`)).out).toBe('');
  });
});
