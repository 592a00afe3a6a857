// A virtual machine's session: a clone of a booted machine, ready at once, with its own identity, and leaving no trace.
import { once } from 'node:events';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { readHostFacts } from '../../server/machines/podman/host-facts.ts';
import { testVm, type RealVms } from '../support/real-vm.ts';
import { withPreparedVms } from './support/prepared-vms.ts';

/** QEMU greets every client before it is asked anything; a crowded host may need seconds for that. */
const greetingWithinMs = 30_000;

let vms: RealVms;
let one: string;
let two: string;

withPreparedVms(async (prepared) => {
  vms = prepared;
  [one, two] = await Promise.all([vms.start(), vms.start()]);
});

test('the reader finds a root shell at the serial console, with Secure Boot and a TPM', async () => {
  using console = await vms.console(one);
  await console.waitFor(/\u001b\]133;B/);
  console.type('echo answer-$((6 * 7)); cat /sys/class/tpm/tpm0/tpm_version_major; mokutil --sb-state\r');
  await console.waitFor(/answer-42\r\n2\r\nSecureBoot enabled/);
  expect(vms.view(one)).toMatchObject({ power: 'on', phase: 'ready', hasTpm: true, tampered: [] });
});

test('two clones share no identity, and their clocks are right', async () => {
  const identity =
    'cat /etc/machine-id; ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key; head -c 32 /dev/urandom | xxd -p -c 32';
  const [a, b] = await Promise.all([vms.sh(one, identity), vms.sh(two, identity)]);
  const [linesA, linesB] = [a, b].map(({ stdout }) => stdout.trim().split('\n'));
  for (const lines of [linesA, linesB]) {
    expect(lines).toHaveLength(3);
    // Without this, an empty line of one machine would count as a difference.
    for (const line of lines ?? []) expect(line).toMatch(/^(256 SHA256:\S+ .*|[0-9a-f]{32}|[0-9a-f]{64})$/);
  }
  for (const [at, line] of (linesA ?? []).entries()) expect(line).not.toBe(linesB?.[at]);
  const before = Date.now();
  const { stdout } = await vms.sh(one, 'date +%s');
  // A template may be weeks old. One second is lost by rounding, some more on a crowded host.
  expect(Number(stdout) * 1000).toBeGreaterThan(before - 30_000);
  expect(Number(stdout) * 1000).toBeLessThan(Date.now() + 2_000);
});

test('checks run in the guest: input, environment, status, both streams, limits of output and time', async () => {
  const run = (script: string, more = {}) =>
    vms.engine.exec(one, {
      machine: testVm.name,
      argv: ['bash', '-c', script],
      timeoutMs: 60_000,
      maxOutputBytes: 64,
      ...more,
    });
  expect(await run('cat; echo "$WORD"; echo wrong >&2; exit 3', { stdin: 'in\n', env: { WORD: 'größer' } })).toEqual({
    exitCode: 3,
    stdout: 'in\ngrößer\n',
    stderr: 'wrong\n',
  });
  const much = await run('yes | head -c 300000; exit 5');
  expect(much.stdout).toHaveLength(64);
  expect(much.exitCode).toBe(5);
  expect((await run('sleep 3600', { timeoutMs: 1_000 })).exitCode).toBeUndefined();
  const left = await run('pgrep -fx "sleep 3600"');
  expect(left.stdout).toBe('');
});

test('a further terminal is a login over the segment', async () => {
  const { file, args, env } = vms.engine.terminalCommand(one, testVm.name, 7);
  // As on a pty, but without the terminal: the shell reads the command and ends.
  const plain = args.filter((word) => word !== '--tty');
  const shell = await execa(file, plain, {
    env,
    input: 'echo "terminal $LAB_TERMINAL on $(hostname) as $(id -un) at $(hostname -I)"; exit\n',
    timeout: 90_000,
  });
  expect(shell.stdout).toContain('terminal 7 on desktop as root at 10.77.0.10');
});

test('the console’s shell learns the size of its terminal', async () => {
  await vms.engine.resizeSerial(one, testVm.name, 91, 17);
  expect((await vms.sh(one, 'stty -F /dev/ttyS0 size')).stdout.trim()).toBe('17 91');
});

test('a new server finds the machine running and goes on with it', async () => {
  await vms.newServer();
  expect(await vms.engine.status(one)).toBe('running');
  await vms.engine.findAgain(one);
  await vms.untilPhase(one, 'ready');
  expect((await vms.sh(one, 'echo still here')).stdout).toBe('still here\n');
});

test('its screen speaks VNC; an unknown machine is refused', async () => {
  const screen = await vms.engine.openScreen(one, testVm.name);
  const [greeting] = (await once(screen, 'data', { signal: AbortSignal.timeout(greetingWithinMs) })) as [Buffer];
  expect(greeting.toString()).toMatch(/^RFB 003\./);
  screen.destroy();
  await expect(vms.engine.power(one, 'nobody', 'stop')).rejects.toMatchObject({ code: 'LAB_ERR_BAD_REQUEST' });
});

test('after its end there is no container, no mount and no file', async () => {
  const folder = join(vms.stateDir, 'sessions', two);
  // What must be gone must have existed. Wherever the host can mount files, the session's disk is mounted on the host itself,
  // and this process sees the mount.
  await access(folder);
  const { canLoopMount } = await readHostFacts();
  expect((await readFile('/proc/self/mountinfo', 'utf8')).includes(`${two}/disk`)).toBe(canLoopMount);
  expect(await processesThatSee(two)).not.toEqual([]);
  await vms.engine.stop(two);
  expect(await vms.engine.status(two)).toBe('absent');
  await expect(access(folder)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(two);
  expect(await processesThatSee(two)).toEqual([]);
});

/** Names of the machine's programs, found by what is mounted in their container. */
async function processesThatSee(id: string): Promise<string[]> {
  const { stdout } = await execa('pgrep', ['-x', 'qemu-system-x86|swtpm'], { timeout: 10_000, reject: false });
  const names = stdout
    .split('\n')
    .filter(Boolean)
    .map(async (pid) => {
      // A process that ends meanwhile counts as gone.
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
      return (await read('mountinfo')).includes(id) ? [(await read('comm')).trim()] : [];
    });
  return (await Promise.all(names)).flat();
}
