// Faults around a virtual machine are reported correctly, the machine can be switched on again, and nothing is left behind.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readConfig } from '../../server/config.ts';
import type { Engine } from '../../server/machines/engine.ts';
import { createPodmanEngine } from '../../server/machines/podman/podman-engine.ts';
import type { VmView } from '../../server/protocol/messages.ts';
import { vmSpec } from '../support/vm-spec.ts';

/** Firmware, a TPM and an empty disk: up in seconds, and nothing boots. */
const bare = vmSpec({ name: 'bare' });
const lab = { lab: 'vm-faults', machines: [bare], diskMiB: 128 };
const never = new AbortController().signal;
/** For firmware under emulation on a crowded host. */
const bootTimeoutMs = 120_000;
const { storageDir } = readConfig([], process.env);

let stateDir: string;
let engine: Engine;
const started: string[] = [];

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'eu-os-labs-test-'));
  engine = createPodmanEngine({ stateDir, storageDir });
  const missing = await engine.open();
  if (missing !== undefined) throw new Error(missing);
  await engine.prepare(lab, () => undefined, never);
});
afterAll(async () => {
  for (const id of started) await engine.stop(id);
  await rm(stateDir, { recursive: true, force: true });
});

async function start(): Promise<string> {
  const id = randomBytes(8).toString('hex');
  started.push(id);
  await engine.start({ ...lab, id }, never);
  return id;
}

function view(id: string): VmView {
  const vm = engine.vms(id)['bare'];
  if (vm === undefined) throw new Error('the machine is not known');
  return vm;
}

const until = (check: () => void) => vi.waitFor(check, { timeout: bootTimeoutMs, interval: 50 });

/** Processes with that name in the sandbox's container: they see its disk. */
function processes(id: string, name: string): number[] {
  const pids = execFileSync('sh', ['-c', `pgrep -x ${name}; true`], { encoding: 'utf8' });
  return pids
    .split('\n')
    .filter(Boolean)
    .map(Number)
    .filter((pid) => readMounts(pid).includes(id));
}

function readMounts(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, 'utf8');
  } catch {
    // The process ended while the list was read.
    return '';
  }
}

function kill(id: string, name: string): void {
  const found = processes(id, name);
  expect(found).toHaveLength(1);
  for (const pid of found) process.kill(pid, 'SIGKILL');
}

test('nothing to boot, a dead TPM, a dead QEMU: each is reported, a new start fixes it, and in the end nothing is left', async () => {
  const id = await start();
  await until(() => expect(view(id)).toMatchObject({ power: 'on', phase: 'firmware', trouble: 'no-boot' }));

  await engine.power(id, 'bare', 'reset');
  expect(view(id).trouble).toBeUndefined();
  kill(id, 'swtpm');
  await until(() => expect(view(id).trouble).toBe('tpm-lost'));
  expect(view(id).detail).toContain('TPM');

  // This is what the panel advises. The new TPM is connected, or the reset would have restarted QEMU once more.
  await engine.power(id, 'bare', 'unplug');
  await engine.power(id, 'bare', 'start');
  expect(view(id)).toMatchObject({ power: 'on', phase: 'firmware' });
  await until(() => expect(view(id)).toMatchObject({ power: 'on', trouble: 'no-boot' }));
  const remedied = processes(id, 'qemu-system-x86');
  await engine.power(id, 'bare', 'reset');
  expect(processes(id, 'qemu-system-x86')).toEqual(remedied);
  expect(processes(id, 'swtpm')).toHaveLength(1);

  kill(id, 'qemu-system-x86');
  await until(() => expect(view(id).trouble).toBe('qemu-lost'));
  await expect(
    engine.exec(id, { machine: 'bare', argv: ['true'], timeoutMs: 1_000, maxOutputBytes: 10 }),
  ).rejects.toThrow('bare');
  expect(await engine.status(id)).toBe('running');

  await engine.power(id, 'bare', 'start');
  await until(() => expect(view(id)).toMatchObject({ power: 'on', trouble: 'no-boot' }));
  expect([processes(id, 'swtpm').length, processes(id, 'qemu-system-x86').length]).toEqual([1, 1]);

  await engine.stop(id);
  expect(await engine.status(id)).toBe('absent');
  expect(await engine.list()).toEqual([]);
  expect(existsSync(join(stateDir, 'sessions', id))).toBe(false);
  expect([...processes(id, 'swtpm'), ...processes(id, 'qemu-system-x86')]).toEqual([]);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(id);
  const owners = readdirSync(join(storageDir, 'slots')).map((slot) =>
    readFileSync(join(storageDir, 'slots', slot), 'utf8'),
  );
  expect(owners).not.toContain(id);
});

test('switched off, it has no phase; switched on, it starts over', async () => {
  const id = await start();
  await engine.power(id, 'bare', 'unplug');
  expect(view(id)).toMatchObject({ power: 'off' });
  expect(view(id).phase).toBeUndefined();
  await engine.power(id, 'bare', 'start');
  expect(view(id)).toMatchObject({ power: 'on', phase: 'firmware' });
  await engine.stop(id);
});

test('a lab that asks for more than the host has is refused before anything is built', async () => {
  const tooMuch = { ...lab, machines: [{ ...bare, memoryMiB: 1024 * 1024 * 16 }] };
  await expect(engine.prepare(tooMuch, () => undefined, never)).rejects.toMatchObject({
    code: 'LAB_ERR_LAB_FILE',
    message: expect.stringMatching(/^labs\/vm-faults\/lab\.yaml: its virtual machines .*16777216/) as string,
  });
  const tooMany = { ...lab, machines: [{ ...bare, cpus: 4_096 }] };
  await expect(engine.prepare(tooMany, () => undefined, never)).rejects.toThrow(
    'machine bare asks for 4096 processors',
  );
});

test('how machines run has been probed, and machines report it', async () => {
  const acceleration = engine.acceleration();
  expect(['kvm', 'emulation']).toContain(acceleration);
  if (!existsSync('/dev/kvm')) expect(acceleration).toBe('emulation');
  const id = await start();
  expect(view(id).acceleration).toBe(acceleration);
  // What QEMU was really started with: the probe's result alone could be wrong.
  const [pid] = processes(id, 'qemu-system-x86');
  const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const accelerator = argv[argv.indexOf('-accel') + 1];
  expect(accelerator).toMatch(acceleration === 'kvm' ? /^kvm\b/ : /^tcg\b/);
  await engine.stop(id);
});
