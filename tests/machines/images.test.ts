// The promises of the images, in a real sandbox: build, lint, push, inspect, run without internet or an "insecure" switch.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRealSandboxes, testMachine, type RealSandboxes } from '../support/real-sandbox.ts';

let sandboxes: RealSandboxes;
let id: string;

/** As in the lessons' lab: builds need more than the small machines of other tests. */
const machine = { ...testMachine, memoryMiB: 1500, cpus: 2, pids: 1000 };
const buildTimeoutMs = 120_000;

beforeAll(async () => {
  sandboxes = await openRealSandboxes();
  id = randomBytes(8).toString('hex');
  await sandboxes.engine.start({ id, lab: 'test', machines: [machine], diskMiB: 2000 }, new AbortController().signal);
});

afterAll(async () => {
  await sandboxes?.[Symbol.asyncDispose]();
});

async function sh(script: string): Promise<{ status: number | undefined; out: string; all: string }> {
  const wait = 'until [ -e /run/lab/ready ]; do sleep 0.02; done; cd /root; ';
  const { exitCode, stdout, stderr } = await sandboxes.sh(id, wait + script, buildTimeoutMs);
  return { status: exitCode, out: stdout.trim(), all: stdout + stderr };
}

async function build(tag: string, lines: string[]): ReturnType<typeof sh> {
  const content = ['FROM registry.lab/eu-os/base:13', ...lines].join('\n');
  return sh(`mkdir -p os && cat > os/Containerfile <<'EOF'\n${content}\nEOF\npodman build -t ${tag} os 2>&1`);
}

const installSsh = 'RUN apt-get update && apt-get install -y openssh-server && eu-os-clean';
const declareGroup = "RUN echo 'g _ssh - -' > /usr/lib/sysusers.d/ssh-group.conf";

test('the base is in the image store from the start, with the digest that the registry has', async () => {
  const stored = await sh("podman images --digests --format '{{.Repository}}:{{.Tag}} {{.Digest}} {{.ReadOnly}}'");
  const served = await sh("skopeo inspect --format '{{.Digest}}' docker://registry.lab/eu-os/base:13");
  expect(served.out).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(stored.out).toBe(`registry.lab/eu-os/base:13 ${served.out} true`);
});

test('the base is a bootable image by its labels, kernel and layout, and passes every lint', async () => {
  const labels = await sh("podman image inspect --format '{{json .Labels}}' registry.lab/eu-os/base:13");
  expect(JSON.parse(labels.out)).toMatchObject({
    'containers.bootc': '1',
    'ostree.bootable': '1',
    'org.opencontainers.image.version': '13',
  });
  const inside = await sh(
    'podman run --rm registry.lab/eu-os/base:13 sh -c "' +
      'ls /usr/lib/modules/*/vmlinuz /usr/lib/modules/*/initramfs.img; ls /boot; readlink /ostree /home /root; dpkg-query -W ostree"',
  );
  expect(inside.out).toMatch(/initramfs\.img\n.*vmlinuz\nsysroot\/ostree\nvar\/home\nvar\/roothome\nostree\t/);
  const lint = await build('localhost/lint', ['RUN bootc container lint --fatal-warnings']);
  expect(lint.status, lint.all).toBe(0);
  expect(lint.all).toContain('Checks passed: 13\nChecks skipped: 1\n');
});

test('packages are installed without internet, the image passes the lint, is pushed over TLS, inspected and run', async () => {
  const built = await build('registry.lab/my/os:1', [
    installSsh,
    declareGroup,
    'RUN systemctl enable ssh',
    'RUN bootc container lint --fatal-warnings',
  ]);
  expect(built.status, built.all).toBe(0);
  const pushed = await sh('podman push registry.lab/my/os:1 2>&1');
  expect(pushed.status, pushed.all).toBe(0);
  const base = JSON.parse((await sh('skopeo inspect docker://registry.lab/eu-os/base:13')).out) as { Layers: string[] };
  const mine = JSON.parse((await sh('skopeo inspect docker://registry.lab/my/os:1')).out) as { Layers: string[] };
  expect(mine.Layers[0]).toBe(base.Layers[0]);
  expect(mine.Layers.length).toBeGreaterThan(1);
  const ran = await sh('podman run --rm registry.lab/my/os:1 systemctl is-enabled ssh');
  expect(ran.out).toBe('enabled');
  const other = await sh(
    'buildah pull -q registry.lab/my/os:1 && oras repo ls registry.lab && curl -fsS https://registry.lab/v2/',
  );
  expect(other.status, other.all).toBe(0);
  expect(other.out).toContain('my/os');
});

test('an image on that image, which shares its layers', async () => {
  await sh("printf 'FROM registry.lab/my/os:1\\nRUN echo hello > /etc/motd\\n' > Desktop");
  const built = await sh(
    'podman build -q -t registry.lab/org/desktop:1 -f Desktop . && podman push -q registry.lab/org/desktop:1',
  );
  expect(built.status, built.all).toBe(0);
});

describe('failures that a reader meets', () => {
  test.each<[string, string[], RegExp]>([
    [
      'installation without clean-up: logs, caches, /run',
      ['RUN apt-get update && apt-get install -y openssh-server'],
      /Lint warning: nonempty-run-tmp:[\s\S]*Lint warning: var-log: Found non-empty logfiles:\n {2}\/var\/log\/apt[\s\S]*Lint warning: var-tmpfiles:/,
    ],
    ['a group that only the package made', [installSsh], /Lint warning: sysusers: Found \/etc\/group .*:\n {2}_ssh/],
    ['a user of useradd', ['RUN useradd anna'], /Lint warning: sysusers: Found \/etc\/passwd entry .*:\n {2}anna/],
    [
      'a file in /boot',
      ['RUN touch /boot/vmlinuz'],
      /Lint warning: nonempty-boot: Found non-empty \/boot:\n {2}vmlinuz/,
    ],
  ])('%s', async (_what, lines, message) => {
    const { status, all } = await build('localhost/bad', [...lines, 'RUN bootc container lint --fatal-warnings']);
    expect(all).toMatch(message);
    expect(status).not.toBe(0);
  });

  test('a package that the repository does not have', async () => {
    const { status, all } = await build('localhost/bad', ['RUN apt-get update && apt-get install -y no-such-package']);
    expect(status).not.toBe(0);
    expect(all).toContain('E: Unable to locate package no-such-package');
  });
});

test('the package repository is trusted only for its signature', async () => {
  const { status, all } = await build('localhost/bad', [
    'RUN rm /usr/share/keyrings/eu-os-labs-packages.asc && apt-get update',
  ]);
  expect(status, all).not.toBe(0);
});

test('the registry is trusted only for its authority, which can sign no other name', async () => {
  const without = await sh('curl -sS --cacert /dev/null https://registry.lab/v2/');
  expect(without.status).not.toBe(0);
  const constraint = await sh(
    'openssl x509 -noout -text -in /usr/local/share/ca-certificates/eu-os-labs-sandbox-authority.crt',
  );
  expect(constraint.out).toMatch(/Name Constraints: critical\s+Permitted:\s+DNS:lab/);
  // The authority's key is nowhere: the key that is there is the registry's own.
  const keys = await sh('find / -xdev -name "*.key" -newer /etc/debian_version 2>/dev/null; ls /lab/tls');
  expect(keys.out.split('\n').filter((line) => line.includes('ca.key'))).toEqual([]);
});

test('manual pages and completion are installed', async () => {
  const { status, all } = await sh(
    'man -w podman-build skopeo-inspect ls && test -r /usr/share/bash-completion/completions/podman',
  );
  expect(status, all).toBe(0);
});
