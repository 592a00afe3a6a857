// An ordinary user on this host: the test makes a user, and the doctor starts a container as that user. Without images.
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, execaSync } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readHostFacts } from '../../server/machines/podman/host-facts.ts';
import type { ProbeLine } from '../../setup/probes/probe.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const user = `euos-labs-${process.pid}`;
/** Making and removing a user takes 0.2 s; on a busy host another program may hold /etc/passwd for a while. */
const accountTimeoutMs = 20_000;
/** The doctor waits for its slowest probe, KVM, which took 3 s. */
const doctorTimeoutMs = 60_000;

/** Only root can make a user, and that user must be able to read the repository and the project's Node. */
const isPossible =
  process.getuid?.() === 0 &&
  execaSync('runuser', ['--user', 'nobody', '--', process.execPath, '--version'], { reject: false }).exitCode === 0;
if (!isPossible) console.warn('not tested here: rootless podman (needs root, and a repository that all may read)');

let home = '';

describe.runIf(isPossible)('an ordinary user', () => {
  let lines: ProbeLine[] = [];

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'euos-labs-user-'));
    const shell = ['--shell', '/bin/sh', '--home-dir', home, '--no-create-home'];
    await execa('useradd', [...shell, user], { timeout: accountTimeoutMs });
    const { stdout: id } = await execa('id', ['--user', user]);
    chownSync(home, Number(id), Number(id));
    const { stdout } = await asUser([process.execPath, 'setup/doctor.ts', '--json', '--port', '0']);
    lines = (JSON.parse(stdout) as { probes: ProbeLine[] }).probes;
  }, 120_000);

  afterAll(async () => {
    // Containers' files belong to mapped ids; and a user for whom podman's waiting process still runs could not be removed.
    await asUser(['podman', 'unshare', 'rm', '-rf', join(home, '.local')]);
    await asUser(['podman', 'system', 'migrate']);
    await execa('userdel', [user], { timeout: accountTimeoutMs });
    rmSync(home, { recursive: true, force: true });
  }, 120_000);

  const line = (name: string) => lines.find((one) => one.name === name);

  test('starts a container with a session’s flags', () => {
    expect(line('user namespaces'), JSON.stringify(lines)).toMatchObject({ state: 'ok' });
    expect(line('podman'), JSON.stringify(lines)).toMatchObject({ state: 'ok' });
  });

  test('is told which limits do not hold', async () => {
    const { cgroupMode } = await readHostFacts();
    expect(line('disk limit')).toMatchObject({ state: 'warn' });
    if (cgroupMode === 'v2') expect(line('runtime')).toMatchObject({ state: 'ok' });
    else expect(line('runtime')?.found).toContain('memory, cpus, pids cannot be limited');
  });

  test('is not root in a sandbox: that is another one of the user’s ids', async () => {
    const { stdout } = await asUser(['podman', 'unshare', 'cat', '/proc/self/uid_map']);
    const [first, second] = stdout.split('\n').map((row) => row.trim().split(/\s+/).map(Number));
    expect(first?.slice(0, 1)).toEqual([0]);
    expect(second?.[0]).toBe(1);
    expect(second?.[2]).toBeGreaterThanOrEqual(65_536);
  });
});

/** Without root's environment: an ordinary login has neither its folders nor its settings. */
function asUser(command: string[]) {
  const environment = [`HOME=${home}`, `USER=${user}`, `XDG_RUNTIME_DIR=${home}`, `PATH=${process.env['PATH'] ?? ''}`];
  return execa('runuser', ['--user', user, '--', 'env', '--ignore-environment', ...environment, ...command], {
    cwd: repository,
    timeout: doctorTimeoutMs,
    reject: false,
  });
}
